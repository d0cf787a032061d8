package curves

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/prediction"
)

// chart is a curve over executors in the coordinates of an SVG. The axis of executors is logarithmic.
type chart struct {
	ID, Class   string // of the form: wide or narrow
	Title, Desc string
	Width       float64
	Height      float64
	Band, Line  string // points of a polygon and of a line
	X, Y        []tick
	Dots        []dot
	Ran         *dot
	Knee        mark
	// The corners of the plot.
	Left, Right, Top, Bottom float64
	XName, YName             string
}

type tick struct {
	At    float64
	Label string
}

type dot struct {
	X, Y  float64
	Label string
	// Anchor is where the label ends or begins, LabelX and LabelY where it stands.
	Anchor         string
	LabelX, LabelY float64
}

// Diamond are the corners of a square that stands on its corner.
func (d dot) Diamond() string {
	return coordinates(d.X, d.Y-7, d.X+7, d.Y, d.X, d.Y+7, d.X-7, d.Y)
}

type mark struct {
	X      float64
	Label  string
	Anchor string
	LabelX float64
}

// series is a value over executors, with an interval where high is above it.
type series struct {
	at             []int
	mid, low, high []float64
	asked          []prediction.Point
	value          func(prediction.Point) float64
	ran            float64
	ranExecutors   int
	knee           int
	name           string
	say            func(float64) string
	step           func(float64) float64
}

// charts are those of time and of cost.
func charts(in Input) []figure {
	p := in.Result
	s := series{ranExecutors: p.Bounds.Executors, knee: p.Bounds.Knee}
	own := p.Knees[0].Cores == p.Bounds.Cores
	for _, point := range p.Points {
		if point.Cores == p.Knees[0].Cores {
			s.asked = append(s.asked, point)
		}
	}
	time, cost := s, s
	time.name, time.say, time.step, time.ran = "time", span, niceTime, in.Run.Seconds
	time.value = func(p prediction.Point) float64 { return p.Seconds }
	cost.name, cost.say, cost.step, cost.ran = "GiB·h", number, nice, p.Ran.MemoryGiBHours
	cost.value = func(p prediction.Point) float64 { return p.MemoryGiBHours }
	if p.Priced {
		cost.name, cost.ran = "cost", p.Ran.Money
		cost.value = func(p prediction.Point) float64 { return p.Money }
	}
	for _, point := range p.Curve {
		time.at, cost.at = append(time.at, point.Executors), append(cost.at, point.Executors)
		time.mid, time.low, time.high = append(time.mid, point.Seconds), append(time.low, point.Low), append(time.high, point.High)
		cost.mid = append(cost.mid, cost.value(point))
	}
	if !own { // of another size of executors
		time.ranExecutors, cost.ranExecutors = 0, 0
	}
	sized := fmt.Sprintf("executors of %s", count(p.Knees[0].Cores, "core", "cores"))
	all := []figure{{Heading: "Time over " + sized, Forms: time.forms("time"), Legend: legends(true, own),
		Caption: "Time from the application's start to its end. The axis of executors is logarithmic."}}
	if slices.Max(cost.mid) > 0 {
		what := "Memory that pods request, times hours"
		if p.Priced {
			what = "Memory and processors that pods request, times hours and prices"
		}
		all = append(all, figure{Heading: "Cost over " + sized, Forms: cost.forms("cost"), Legend: legends(false, own), Caption: what + "."})
	}
	return all
}

func legends(band, ran bool) (all []legend) {
	all = append(all, legend{"key-line", "predicted"})
	if band {
		all = append(all, legend{"key-band", "interval"})
	}
	all = append(all, legend{"key-dot", "asked for"})
	if ran {
		all = append(all, legend{"key-ran", "measured run"})
	}
	return append(all, legend{"key-knee", "knee"})
}

// forms are the chart for a wide and for a narrow screen.
func (s series) forms(id string) []chart {
	return []chart{s.chart(id+"-wide", "wide", 760, 320), s.chart(id+"-narrow", "narrow", 360, 280)}
}

func (s series) chart(id, class string, width, height float64) chart {
	c := chart{ID: id, Class: class, Width: width, Height: height, Left: 62, Right: width - 16, Top: 34, Bottom: height - 44, XName: "executors", YName: s.name}
	most := max(slices.Max(s.mid), s.ran)
	if s.high != nil {
		most = max(most, slices.Max(s.high))
	}
	step := s.step(most / 4)
	top := max(math.Ceil(most/step), 1) * step
	first, last := float64(s.at[0]), float64(s.at[len(s.at)-1])
	x := func(n int) float64 {
		return c.Left + (c.Right-c.Left)*math.Log(float64(n)/first)/max(math.Log(last/first), 1e-9)
	}
	y := func(v float64) float64 { return c.Bottom - (c.Bottom-c.Top)*v/max(top, 1e-9) }
	for v := 0.0; v <= top*1.0001; v += step {
		label := strings.Replace(s.say(v), ".0 s", " s", 1)
		if v == 0 {
			label = "0"
		}
		c.Y = append(c.Y, tick{round(y(v)), label})
	}
	var upper, lower []float64
	var line []float64
	for i, n := range s.at {
		line = append(line, x(n), y(s.mid[i]))
		if s.high != nil {
			upper, lower = append(upper, x(n), y(s.high[i])), append([]float64{x(n), y(s.low[i])}, lower...)
		}
	}
	c.Line, c.Band = coordinates(line...), coordinates(append(upper, lower...)...)
	c.ticks(s, x)
	for _, point := range s.asked {
		c.Dots = append(c.Dots, dot{X: round(x(point.Executors)), Y: round(y(s.value(point))), Label: fmt.Sprintf("%s: %s", count(point.Executors, "executor", "executors"), s.say(s.value(point)))})
	}
	c.Knee = mark{X: round(x(s.knee)), Label: "knee: " + strconv.Itoa(s.knee)}
	c.Knee.Anchor, c.Knee.LabelX = c.beside(c.Knee.X, 8*float64(len(c.Knee.Label)))
	if s.ranExecutors > 0 && s.ran > 0 {
		d := dot{X: round(x(s.ranExecutors)), Y: round(y(s.ran)), Label: "ran " + s.say(s.ran)}
		half := 4.2 * float64(len(d.Label))
		d.Anchor, d.LabelX = "middle", round(min(max(d.X, c.Left+half+6), c.Right-half))
		d.LabelY = d.Y - 12
		if rises := s.high == nil; rises && d.Y+22 < c.Bottom || d.LabelY < c.Top+14 { // below a curve of costs
			d.LabelY = d.Y + 22
		}
		c.Ran = &d
	}
	c.Title = fmt.Sprintf("Predicted %s over executors", s.name)
	c.Desc = s.describe()
	return c
}

// ticks names the numbers of executors that are asked for, the knee and the run's, where they have room.
func (c *chart) ticks(s series, x func(int) float64) {
	const room = 30
	wanted := []int{s.at[0], s.at[len(s.at)-1], s.knee}
	if s.ranExecutors > 0 {
		wanted = append(wanted, s.ranExecutors)
	}
	for _, point := range s.asked {
		wanted = append(wanted, point.Executors)
	}
	for _, n := range wanted {
		at := x(n)
		if !slices.ContainsFunc(c.X, func(t tick) bool { return math.Abs(t.At-at) < room }) {
			c.X = append(c.X, tick{round(at), strconv.Itoa(n)})
		}
	}
	slices.SortFunc(c.X, func(a, b tick) int { return int(a.At - b.At) })
}

// beside is where a label stands that would leave the plot on the right.
func (c *chart) beside(x, width float64) (anchor string, at float64) {
	if x+width > c.Right {
		return "end", x - 10
	}
	return "start", x + 10
}

// describe says in words what the curve shows.
func (s series) describe() string {
	first, last := 0, len(s.at)-1
	text := fmt.Sprintf("From %s with %s to %s with %s. The knee is at %d.", s.say(s.mid[first]), count(s.at[first], "executor", "executors"), s.say(s.mid[last]), count(s.at[last], "executor", "executors"), s.knee)
	if s.ranExecutors > 0 {
		text += fmt.Sprintf(" The measured run had %s and took %s.", count(s.ranExecutors, "executor", "executors"), s.say(s.ran))
	}
	return text
}

const day = 86_400

// niceTime is the next number of seconds that reads well as a time.
func niceTime(seconds float64) float64 {
	for _, step := range [...]float64{10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, day} {
		if seconds <= step && seconds > 5 {
			return step
		}
	}
	if seconds > day {
		return nice(seconds/day) * day
	}
	return nice(seconds)
}

// nice is the next number of 1, 2 or 5 times a power of ten.
func nice(x float64) float64 {
	if x <= 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(x)))
	for _, by := range [...]float64{1, 2, 5} {
		if unit*by >= x {
			return unit * by
		}
	}
	return unit * 10
}

// coordinates are coordinates as SVG has them.
func coordinates(all ...float64) string {
	var b strings.Builder
	for i := 0; i+1 < len(all); i += 2 {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%.1f,%.1f", all[i], all[i+1])
	}
	return b.String()
}

func round(x float64) float64 { return math.Round(x*10) / 10 }
