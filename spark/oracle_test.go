package spark

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// table reads a table that real Spark printed; testdata/README.md says how. Quoted cells are JSON strings.
func table(t *testing.T, name string, least int) [][]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.SplitSeq(strings.TrimSuffix(string(data), "\n"), "\n") {
		cells := strings.Split(line, "\t")
		for i, cell := range cells {
			if strings.HasPrefix(cell, `"`) {
				if err = json.Unmarshal([]byte(cell), &cells[i]); err != nil {
					t.Fatalf("%s: %s: %v", name, cell, err)
				}
			}
		}
		rows = append(rows, cells)
	}
	if len(rows) < least {
		t.Fatalf("%s has %d rows, want at least %d", name, len(rows), least)
	}
	return rows
}

func TestSizesReadAsSparkReadsThem(t *testing.T) {
	for _, row := range table(t, "sizes.tsv", 50) {
		for line, version := range map[int]Version{1: {4, 1, 4}, 4: {4, 3, 0}} {
			for i, unit := range []Unit{Byte, KiB, MiB} {
				got, err := ParseSizeFor(version, row[0], unit, unit)
				want := row[line+i]
				if want == "error" || want == "fraction" {
					if err == nil {
						t.Errorf("%q on %v in units of %d: got %d, want an error", row[0], version, unit, got)
					} else if strings.Contains(err.Error(), "fractional") != (want == "fraction") {
						t.Errorf("%q on %v: error %q, want %s", row[0], version, err, want)
					}
					continue
				}
				if err != nil || strconv.FormatInt(got, 10) != want {
					t.Errorf("%q on %v in units of %d: got %d, %v, want %s", row[0], version, unit, got, err, want)
				}
			}
		}
	}
}

func TestDurationsReadAsSparkReadsThem(t *testing.T) {
	for _, row := range table(t, "durations.tsv", 25) {
		for i, unit := range []time.Duration{time.Microsecond, time.Second} {
			got, err := ParseDuration(row[0], unit)
			if row[1+i] == "error" {
				if err == nil {
					t.Errorf("%q: got %v, want an error", row[0], got)
				}
				continue
			}
			want, perr := strconv.ParseInt(row[1+i], 10, 64)
			if perr != nil {
				t.Fatal(perr)
			}
			// Spark holds longer spans than Go does; what Go cannot hold is cut.
			if limit := int64(1<<63-1) / int64(unit); want >= limit {
				want = limit
			}
			if err != nil || int64(got/unit) != want {
				t.Errorf("%q in %v: got %d, %v, want %d", row[0], unit, got/unit, err, want)
			}
		}
	}
}

func TestOptionsSplitAsSparkSplitsThem(t *testing.T) {
	for _, row := range table(t, "options.tsv", 30) {
		got, err := SplitOptions(row[0])
		if len(row) == 2 && row[1] == "error" {
			if err == nil {
				t.Errorf("%q: got %q, want an error", row[0], got)
			}
			continue
		}
		if err != nil || strings.Join(got, "\x00") != strings.Join(row[1:], "\x00") || len(got) != len(row)-1 {
			t.Errorf("%q: got %q, %v, want %q", row[0], got, err, row[1:])
		}
	}
}

func TestPropertiesReadAsJavaReadsThem(t *testing.T) {
	for _, row := range table(t, "properties.tsv", 45) {
		got, err := ParseProperties([]byte(row[0]))
		if len(row) == 2 && row[1] == "error" {
			if err == nil {
				t.Errorf("%q: got %v, want an error", row[0], got)
			}
			continue
		}
		var flat []string
		for _, key := range got.Keys() {
			flat = append(flat, key, got[key].Value)
		}
		if err != nil || strings.Join(flat, "\x00") != strings.Join(row[1:], "\x00") || len(flat) != len(row)-1 {
			t.Errorf("%q: got %q, %v, want %q", row[0], flat, err, row[1:])
		}
	}
}

func TestPodMemoryEqualsWhatSparkAsksFor(t *testing.T) {
	rows := table(t, "memory.tsv", 60)
	for column, name := range rows[0][1:] {
		version, ok := ParseVersion(name)
		if !ok {
			t.Fatalf("column %q is no version", name)
		}
		for _, row := range rows[1:] {
			in := MemoryInput{Version: version, Conf: Conf{}}
			words := strings.Fields(row[0])
			in.ClusterMode = words[0] != "client"
			in.Python, in.R = words[0] == "python", words[0] == "r"
			for _, word := range words[1:] {
				key, value, _ := strings.Cut(word, "=")
				in.Conf[key] = Setting{Value: value}
			}
			driver, executor, _ := strings.Cut(row[1+column], "/")
			for role, want := range map[Role]string{Driver: driver, Executor: executor} {
				if want == "-" {
					continue
				}
				in.Role = role
				got, err := PodMemory(in)
				if want == "error" {
					if err == nil {
						t.Errorf("%v %s, %s: got %+v, want an error", version, role, row[0], got)
					}
				} else if err != nil || strconv.FormatInt(got.Total(), 10) != want {
					t.Errorf("%v %s, %s: got %d, %v, want %s", version, role, row[0], got.Total(), err, want)
				}
			}
		}
	}
}
