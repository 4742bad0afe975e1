# Table and geometric means of bench.sh and real.sh. First file: "program class"; second: "program who cpu_ms wall_ms
# [peak_kib]", a line a run. The mean over all leaves out what is run once: classes start and once.
FNR == NR {
    class[$1] = $2
    order[++n] = $1
    width = length($1) > width ? length($1) : width
    if (!($2 in known) && $2 != "all") {
        known[$2] = 1
        classes[++m] = $2
    }
    next
}
{
    k = $1 SUBSEP $2
    if (!(k in min) || $3 < min[k]) {
        min[k] = $3
        wall[k] = $4
        peak[k] = $5
    }
    if ($3 > max[k]) {
        max[k] = $3
    }
}
function spread(k) {
    return min[k] > 0 ? sprintf("%3d%%", 100 * (max[k] - min[k]) / min[k]) : "  -"
}
function note(kind, class_name, ratio) {
    logs[kind, class_name] += log(ratio)
    count[kind, class_name]++
}
function note_all(kind, class_name, ratio) {
    note(kind, class_name, ratio)
    if (class_name != "start" && class_name != "once") {
        note(kind, "all", ratio)
    }
}
function mean(kind, class_name) {
    return count[kind, class_name] ? sprintf("%7.2f", exp(logs[kind, class_name] / count[kind, class_name])) : "      -"
}
END {
    two = emus > 1
    name = "%-" width "s"
    printf name " %-8s %9s %5s  %9s %5s", "program", "class", "native", "", "A", ""
    if (two) {
        printf "  %9s %5s", "B", ""
    }
    printf "  %7s", "A/nat"
    if (two) {
        printf " %7s %7s", "B/nat", "B/A"
    }
    print ""
    for (i = 1; i <= n; i++) {
        p = order[i]
        a = p SUBSEP "A"
        b = p SUBSEP "B"
        nat = p SUBSEP "native"
        if (!(a in min) || !(nat in min) || (two && !(b in min))) {
            continue
        }
        printf name " %-8s %9.1f %5s  %9.1f %5s", p, class[p], min[nat], spread(nat), min[a], spread(a)
        if (two) {
            printf "  %9.1f %5s", min[b], spread(b)
        }
        ra = min[a] / min[nat]
        printf "  %7.2f", ra
        note_all("A", class[p], ra)
        if (two) {
            rb = min[b] / min[nat]
            printf " %7.2f %7.2f", rb, rb / ra
            note_all("B", class[p], rb)
            note_all("BA", class[p], rb / ra)
        }
        printf "   [%.0f %.0f%s]", wall[nat], wall[a], two ? sprintf(" %.0f", wall[b]) : ""
        if (peak[a]) {
            printf "  %.0f %.0f%s MiB", peak[nat] / 1024, peak[a] / 1024, two ? sprintf(" %.0f", peak[b] / 1024) : ""
        }
        print ""
        if (csv != "") {
            printf "%s,%s,%.3f,%.3f,%.3f\n", p, class[p], min[nat], min[a], two ? min[b] : 0 > csv
        }
    }
    print "geometric means"
    classes[++m] = "all"
    for (i = 1; i <= m; i++) {
        c = classes[i]
        if (!count["A", c]) {
            continue
        }
        printf "  %-8s A/native %s", c, mean("A", c)
        if (two) {
            printf "  B/native %s  B/A %s", mean("B", c), mean("BA", c)
        }
        printf "   (%d programs)\n", count["A", c]
    }
}
