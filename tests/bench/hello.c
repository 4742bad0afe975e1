// class: helper. Start-up: static and dynamic, printing one line.
#include <stdio.h>

int main(void)
{
    puts("hello");
    return 0;
}
