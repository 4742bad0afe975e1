/* Runs all unit tests: unit [SUITE]. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    SRunner *runner = srunner_create(NULL);
#define ADD(name)                                                                                  \
    if (argc < 2 || !strcmp(argv[1], #name)) {                                                     \
        srunner_add_suite(runner, suite_##name());                                                 \
    }
    UNIT_SUITES(ADD)
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    int run = srunner_ntests_run(runner);
    srunner_free(runner);
    return failed == 0 && run > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
