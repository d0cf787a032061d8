package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/keys"
	"github.com/kubectl-spark/kubectl-spark/test/distribution"
)

// texts are values as people write them, and those at which readers part ways.
var texts = []string{"", " ", "true", "TRUE", " false ", "yes", "no", "on", "1", "0", "-1", "+1", " 7 ", "007", "2", "3", "4", "5", "13", "60", "99", "100", "101", "1024", "65536", "2147483647",
	"2147483648", "-2147483648", "9223372036854775807", "9223372036854775808", "1_000", "0x10", "0x1p-1", "0x1.8P3f", "0x.8p1", "0x1.p2d", "0xp3", "0x1p", "1e3", "1.0", "1.5", ".5", "5.", "-0.0", "0.1f", "1D", "NaN", "nan", "Infinity", "-Infinity", "inf", "1e999", "0.999", "1.001",
	"1,5", "50%", "four", "soon", "x", "-", "+", "1 s", "1s", "1S", "10ms", "500us", "2m", "1min", "3h", "1d", "1w", "1.5s", "-5s", "1 m", "1k", "2K", "1kb", "1KB", "1g", "1.5g", "4Gi", "4gi", "1GiB", "512mb", "512MB",
	"8p", "9999999p", "1b", "1e", "1t", "-1g", " 6g", "6g ", "- 1", "none", "NONE", "None", "auto", "legacy", "Legacy", "snappy", "SNAPPY", "zstd", "hive", "HIVE", "info", "Info", "IfNotPresent", "ifnotpresent", "FIFO", "fifo",
	"[1]", "{1}", "\"1\"", "'true'", "a,b", "1;", "1 # one"}

// TestWhatIsCalledUnreadableIsRefusedByTheRealReader gives the texts to the entries of every version that is tried, in a
// JVM: what spark/keys refuses the entry refuses, and what stands for an entry that is not set is not refused. What stands for a key where it
// cannot be taken out (spark.Change.Set) is its default.
func TestWhatIsCalledUnreadableIsRefusedByTheRealReader(t *testing.T) {
	homes := distribution.Tried(t)
	known, err := keys.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Join("..", ".."))
	samples := filepath.Join(t.TempDir(), "samples")
	if err := os.WriteFile(samples, []byte(strings.Join(texts, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	beyond := map[string]bool{}
	for _, check := range checked {
		beyond[check[0]] = true
	}
	for release, home := range homes {
		t.Run(release, func(t *testing.T) {
			rows, err := ask(context.Background(), filepath.Join(home, "deps", "jars"), "-Dsamples="+samples)
			if err != nil {
				t.Fatal(err)
			}
			version, ok := spark.ParseVersion(release)
			if !ok {
				t.Fatal("not a version")
			}
			entries, refused, missed, defaults := 0, 0, 0, 0
			for row := range strings.Lines(rows) {
				f := strings.Split(strings.TrimSuffix(row, "\n"), "\t")
				if len(f) != 4 || len(f[2]) != len(texts) {
					t.Fatalf("cannot read the row %q", row)
				}
				key := f[1]
				entries++
				refuses := func(value string) bool {
					_, refused := known.Refuses(spark.Conf{key: {Value: value}}, key, version)
					return refused
				}
				if set, ok := (spark.Change{Key: key, Unset: true}).Set(); ok {
					if defaults++; set.Value != f[3] {
						t.Errorf("%s is %s where nothing sets it, not %s", key, f[3], set.Value)
					}
				}
				if !strings.HasPrefix(f[3], "<") && refuses(f[3]) {
					t.Errorf("%s: its own %q is called unreadable", key, f[3])
				}
				for i, text := range texts {
					taken := f[2][i] == '1'
					switch says := refuses(text); {
					case says && taken && !beyond[key]:
						t.Errorf("%s: %q is called unreadable, and Spark %s takes it", key, text, release)
					case says:
						refused++
					case !taken:
						missed++
					}
				}
			}
			t.Logf("%d entries; %d values refused, %d more that Spark refuses", entries, refused, missed)
			if defaults != 6 {
				t.Errorf("%d keys have a value for their absence, of which this version knows the default", defaults)
			}
			if entries < 800 || refused < 40*entries || missed > refused/10 {
				t.Errorf("too little is known: %d entries, %d values refused, %d missed", entries, refused, missed)
			}
		})
	}
}
