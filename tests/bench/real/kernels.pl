# Perl program of real.sh: words counted, lines taken apart and put together, numbers sorted.
use strict;
use warnings;

my ($x, %count, @lines) = (1);
for my $i (1 .. 60000) {
    $x = ($x * 1103515245 + 12345) & 0x7fffffff;
    push @lines, sprintf("%05d key%x=%d;name-%s", $i, $x >> 20, $x % 1000, scalar reverse $x);
}
my ($sum, $hits) = (0, 0);
for my $line (@lines) {
    if ($line =~ /^(\d+) (key[0-9a-f]+)=(\d+);name-(\w+)$/) {
        $count{$2} += $3;
        $hits++ if $4 =~ /(\d)\1/;
    }
    (my $t = $line) =~ s/(\d)(\d)/$2$1/g;
    $sum = ($sum * 31 + length($t) + ord(substr $t, 3, 1)) % 1000003;
    my @parts = split /[ =;-]/, $line;
    $sum += scalar @parts;
}
my @top = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
print join(' ', scalar @top, @top[0 .. 4], $sum, $hits), "\n";
