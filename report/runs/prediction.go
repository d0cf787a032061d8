package runs

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/prediction"
	"github.com/kubectl-spark/kubectl-spark/report/layout"
)

// longestBar is the longest bar of a prediction, in columns.
const longestBar = 24

// ShowPrediction writes the prediction of a run, and what it is beside a baseline; nil: there is none.
func ShowPrediction(t *layout.Table, e *EventLog, p *prediction.Result, beside *prediction.Regression) {
	(&table{t}).predicted(e, p, beside)
}

// predicted writes the prediction of a run: a line for each number of executors with its interval, the bounds, then what the
// prediction cannot know, then the verdict.
func (t *table) predicted(e *EventLog, p *prediction.Result, beside *prediction.Regression) {
	t.ranHead(e)
	longest, numbers := 0.0, 9
	shown := withKnees(p)
	notes, widest := make([]string, len(shown)), 0
	for i, point := range shown {
		longest = max(longest, point.Seconds)
		numbers = max(numbers, len(t.predictedSize(point, p)))
		if isKnee(point, p) {
			notes[i] = "knee"
		}
		if point.Executors == p.Bounds.Executors && point.Cores == p.Bounds.Cores {
			notes[i] = strings.TrimPrefix(notes[i]+", as it ran", ", ")
		}
		widest = max(widest, layout.Columns(notes[i]))
	}
	dot := t.Glyph("·", "-")
	lines := []string{fmt.Sprintf("  %*s %7s  %-15s %7s %7s%s %6s", numbers+2, "executors", "time", "from – to", "GiB"+dot+"h", "CPU"+dot+"h", t.priced(p, -1), "used")}
	for _, point := range shown {
		mark := "  "
		if isKnee(point, p) {
			mark = t.Glyph("▸ ", "> ")
		}
		memory := "unknown"
		if point.MemoryGiBHours > 0 {
			memory = strconv.FormatFloat(point.MemoryGiBHours, 'f', decimals(point.MemoryGiBHours), 64)
		}
		lines = append(lines, fmt.Sprintf("  %s%*s %7s  %-15s %7s %7s%s %4.0f %%", mark, numbers, t.predictedSize(point, p), span(point.Seconds), span(point.Low)+" – "+span(point.High), memory,
			strconv.FormatFloat(point.CPUHours, 'f', decimals(point.CPUHours), 64), t.priced(p, point.Money), point.Utilisation*100))
	}
	lines = t.Fit(lines, 2+widest)
	t.WriteString(lines[0] + "\n")
	for i, point := range shown {
		line, bar := lines[i+1]+"  ", ""
		if room := min(t.Width-layout.Columns(line)-2-widest, longestBar); longest > 0 && room > 3 {
			bar = layout.Pad(strings.Repeat("█", max(int(math.Round(float64(room)*point.Seconds/longest)), 1)), room+2)
		}
		below := notes[i] != "" && layout.Columns(line+bar+notes[i]) > t.Width
		if isKnee(point, p) {
			line = t.Paint(layout.Bold, line)
		}
		if below {
			t.WriteString(strings.TrimRight(line+bar, " ") + "\n")
			line, bar = strings.Repeat(" ", numbers+6), ""
		}
		t.WriteString(strings.TrimRight(line+bar+notes[i], " ") + "\n")
	}
	b := p.Bounds
	t.WriteByte('\n')
	row := func(label, text string) {
		t.Wrapped("  "+layout.Pad(label, labels-2), strings.Repeat(" ", labels), text)
	}
	row("knee", fmt.Sprintf("%s, %s: more executors save 10 %% of the time at most", layout.Count(b.Knee, "executor", "executors"), span(b.KneeSeconds)))
	row("shortest", fmt.Sprintf("%s, predicted with a core for every task (critical path): an interval may begin below it. %s of it are outside jobs", span(b.CriticalPathSeconds), span(b.SerialSeconds)))
	row("work", fmt.Sprintf("%s of tasks without warm-up; divided by the cores it bounds a prediction too", span(b.TaskSeconds)))
	row("replay", fmt.Sprintf("%s as it ran: %s, replayed %s", layout.Count(b.Executors, "executor", "executors"), span(e.Run.Seconds), span(b.ReplayedSeconds)))
	t.heaps(p)
	t.WriteString("\nNot known:\n")
	for _, note := range p.Notes {
		t.Wrapped("  "+t.Glyph("· ", "- "), "    ", note)
	}
	for _, reason := range e.Log.Incomplete {
		t.Wrapped("  "+t.Glyph("· ", "- "), "    ", reason)
	}
	t.Wrapped("  "+t.Glyph("· ", "- "), "    ", "data and the memory of an executor stay as they were; another run differs by itself")
	t.regressed(beside)
	t.WriteByte('\n')
	sign := t.Paint(layout.Green, t.Glyph("√", "ok"))
	if len(p.Notes)+len(e.Log.Incomplete) > 0 {
		sign = t.Paint(layout.Yellow, t.Glyph("‼", "!"))
	}
	t.Wrapped(sign+" ", "  ", "predicted from one run, by replaying its tasks on other cores"+t.Sep()+"the interval is an estimate")
}

// predictedSize is the number of executors, with their cores where they are not the run's.
func (t *table) predictedSize(point prediction.Point, p *prediction.Result) string {
	text := strconv.Itoa(point.Executors)
	if point.Cores != p.Bounds.Cores {
		text += fmt.Sprintf(" x %d", point.Cores)
	}
	return text
}

// decimals leaves three digits that say something.
func decimals(x float64) int {
	switch {
	case x >= 10:
		return 1
	case x >= 1:
		return 2
	case x > 0 && x < .01:
		return 5
	}
	return 3
}
