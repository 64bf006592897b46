/* Limits of an entry: so many requests and tokens in any minute. */
#include "test.h"

#include "llm/models/models.h"
#include "llm/pace.h"

static char name[] = "m", here[] = "models.yaml:3", there[] = "models.yaml:9";

static void requests_of_a_minute(void **state)
{
    struct paces p = {0};
    struct model m = {.name = name, .origin = here, .rpm = 2};
    assert_int_equal(pace_wait_ms(&p, &m, 1000), 0);
    pace_note(&p, &m, 1000, 5);
    pace_note(&p, &m, 4000, 5);
    assert_int_equal(pace_wait_ms(&p, &m, 4000), 57000); /* until the first is a minute old */
    assert_int_equal(pace_wait_ms(&p, &m, 60999), 1);
    assert_int_equal(pace_wait_ms(&p, &m, 61000), 0);
    pace_note(&p, &m, 61000, 5);
    assert_int_equal(pace_wait_ms(&p, &m, 61000), 3000);
    paces_fini(&p);
}

static void tokens_of_a_minute(void **state)
{
    struct paces p = {0};
    struct model m = {.name = name, .origin = here, .tpm = 1000};
    pace_note(&p, &m, 0, 400);
    assert_int_equal(pace_wait_ms(&p, &m, 10), 0);
    pace_note(&p, &m, 20000, 700);
    assert_int_equal(pace_wait_ms(&p, &m, 20000), 40000); /* without the first it is enough */
    assert_int_equal(pace_wait_ms(&p, &m, 60000), 0);
    pace_note(&p, &m, 60000, 5000); /* one that is more than the limit still ends */
    assert_int_equal(pace_wait_ms(&p, &m, 60000), 60000);
    paces_fini(&p);
}

static void each_deployment_has_its_own(void **state)
{
    struct paces p = {0};
    struct model m = {.name = name, .origin = here, .rpm = 1}, other = m, again = m, free_one = m;
    other.origin = there;
    free_one.rpm = 0;
    pace_note(&p, &m, 0, 0);
    assert_int_equal(pace_wait_ms(&p, &other, 0), 0);
    assert_int_equal(pace_wait_ms(&p, &again, 0), 60000); /* the file was read anew */
    assert_int_equal(pace_wait_ms(&p, &free_one, 0), 0);
    paces_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(requests_of_a_minute),
                                       cmocka_unit_test(tokens_of_a_minute),
                                       cmocka_unit_test(each_deployment_has_its_own)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
