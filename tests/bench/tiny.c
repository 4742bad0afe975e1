// class: helper. The program that forkexec starts.
int main(int argc, char **argv)
{
    (void)argv;
    return argc + 4;
}
