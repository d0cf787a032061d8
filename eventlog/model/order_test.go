package model

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-spark/kubectl-spark/test/events"
)

// rewritten is a line as JSON that Spark does not write: with blanks, in the order that is there or in that of the alphabet.
func rewritten(line []byte, sorted bool) ([]byte, error) {
	if sorted {
		var value any
		d := json.NewDecoder(bytes.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		return json.Marshal(value)
	}
	var b bytes.Buffer
	err := json.Indent(&b, line, "", " ")
	return bytes.ReplaceAll(b.Bytes(), []byte("\n"), []byte("\t")), err
}

// TestOrderAndBlanksDoNotMatter: what is read at once where it comes as Spark writes it is read one by one where it does not, and
// says the same.
func TestOrderAndBlanksDoNotMatter(t *testing.T) {
	lines := sample(t, events.Shape{Executors: 3, Stages: 2, Tasks: 40, Accumulators: 2})
	// Spark 3.5 writes fewer members, and zeros where nothing was sampled.
	for _, line := range lines {
		if bytes.Contains(line, []byte("TaskEnd")) {
			line = bytes.Replace(line, []byte(`,"ConcurrentGCCount":2,"ConcurrentGCTime":5}`), []byte("}"), 1)
			line = bytes.Replace(line, []byte(`"Peak On Heap Execution Memory":0,"Peak Off Heap Execution Memory":0,`), nil, 1)
			lines = append(lines, line, zeroed(line))
		}
	}
	want := recorded(t, lines...)
	for _, sorted := range []bool{false, true} {
		other := make([][]byte, len(lines))
		for i, line := range lines {
			var err error
			if other[i], err = rewritten(line, sorted); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, recorded(t, other...)); diff != "" {
			t.Errorf("sorted %v: %s", sorted, diff)
		}
	}
	// A blank behind an object stops what is read at once in the middle of another.
	for i, line := range lines {
		lines[i] = blanked(line)
	}
	if diff := cmp.Diff(want, recorded(t, lines...)); diff != "" {
		t.Errorf("with blanks: %s", diff)
	}
}

// blanked has a blank behind every object.
func blanked(line []byte) []byte {
	var out []byte
	within := false
	for i, c := range line {
		if c == '"' && line[i-1] != '\\' {
			within = !within
		}
		if out = append(out, c); !within && c == '}' {
			out = append(out, ' ')
		}
	}
	return out
}

// TestDigitsAreRead of every length, at every distance from the end of the line, with every byte behind them.
func TestDigitsAreRead(t *testing.T) {
	const all = "98765432109876543210"
	for n := range maxDigits + 1 {
		for after := range 12 {
			for c := range 256 {
				if c >= '0' && c <= '9' {
					continue
				}
				line := "x" + all[:n] + strings.Repeat(string([]byte{byte(c)}), after)
				want, _ := strconv.ParseInt("0"+all[:n], 10, 64)
				if got, end := digits([]byte(line), 1); got != want || end != 1+n {
					t.Fatalf("%q: %d up to %d, not %d up to %d", line, got, end, want, 1+n)
				}
			}
		}
	}
	for text, want := range map[string]int64{all[:18]: 987654321098765432, all[:19]: math.MaxInt64, all: math.MaxInt64, "-" + all[:18]: -987654321098765432, "007": 7, "12.9": 12, "1e3": 1000, "1.5E300": math.MaxInt64, "NaN": math.MaxInt64, "-Infinity": -math.MaxInt64, "null": 0, "x": 0, "": 0} {
		s := scanner{b: []byte(text + ",")}
		if got := s.number(); got != want && !(len(text) > 18 && got > math.MaxInt64-20) {
			t.Errorf("%s is %d, not %d", text, got, want)
		}
	}
}

// zeroed has no number but 0 in what executors and tasks measured.
func zeroed(line []byte) []byte {
	at := max(bytes.Index(line, []byte(`"Task Executor Metrics"`)), 0)
	out := bytes.Clone(line[:at])
	for i := at; i < len(line); i++ {
		digit := line[i] >= '0' && line[i] <= '9'
		if !digit || i > 0 && (line[i-1] < '0' || line[i-1] > '9') {
			if digit {
				out = append(out, '0')
			} else {
				out = append(out, line[i])
			}
		}
	}
	return out
}
