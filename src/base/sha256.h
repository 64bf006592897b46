/*
 * sha256 - the digest of FIPS 180-4, for what a protocol wants one of. Pure. Thread: any.
 */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>

void sha256(const char *bytes, size_t n, unsigned char out[static 32]);

#endif
