/* What unit tests share: cmocka with its odd includes, and a directory of one's own. */
#ifndef UNIT_TEST_H
#define UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define T(f) cmocka_unit_test(f)
#define assert_has(text, part) assert_non_null(strstr((text), (part)))

#endif
