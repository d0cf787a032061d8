package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/report/layout"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// Fleet is what is recommended for the applications of a folder of event logs, those first of which most could be saved.
type Fleet struct {
	APIVersion   string             `json:"apiVersion"`
	Kind         string             `json:"kind"`
	Folder       string             `json:"folder"`
	Applications []FleetApplication `json:"applications"`
	// Logs are how many logs the applications have, and NotUsed those that nothing was made of, with the reason.
	Logs    int          `json:"logs"`
	NotUsed []NotChecked `json:"notUsed,omitempty"`
	// Unread are the applications none of whose logs can be read.
	Unread []NotChecked `json:"applicationsNotRead,omitempty"`
	// NotRead are the shares of the applications that a Job has no result of, with the reason.
	NotRead []NotChecked `json:"notRead,omitempty"`
	// GiBHours is what the logs' runs took by the prediction of each application's last run, and SavedGiBHours what of it could be saved.
	// Applications without a prediction are in neither.
	GiBHours      float64 `json:"memoryGiBHours"`
	SavedGiBHours float64 `json:"savedMemoryGiBHours"`
	// MinRuns is how many runs must have ended well before anything is reduced.
	MinRuns int `json:"minRuns"`
}

// FleetApplication is one application's share.
type FleetApplication struct {
	TunedWorkload
	// Logs is how many logs it has in the folder.
	Logs int `json:"logs"`
	// LastOutcome is how its last run ended.
	LastOutcome model.Outcome `json:"lastOutcome"`
	// ToChange says that something is to be changed. It is told apart from the settings, so that the application can be read from JSON.
	ToChange bool `json:"toChange"`
	// Now is its last run, replayed as it was configured, and Next the same with the recommendation; nil where NotPredicted says why.
	Now          *FleetRun `json:"now,omitempty"`
	Next         *FleetRun `json:"next,omitempty"`
	NotPredicted string    `json:"notPredicted,omitempty"`
	// SavedGiBHours is what could be saved if each of its runs were as the last one; below 0 where it needs more.
	SavedGiBHours float64 `json:"savedMemoryGiBHours"`
	// Show is the command that shows the recommendation with its reasons.
	Show string `json:"command"`
	// Read are the logs that it goes by, the newest first.
	Read []string `json:"-"`
}

// FleetRun is one run as it is predicted.
type FleetRun struct {
	Seconds        float64 `json:"seconds"`
	Low            float64 `json:"low"`
	High           float64 `json:"high,omitempty"` // 0 where nothing bounds the time
	MemoryGiBHours float64 `json:"memoryGiBHours"`
}

// Write writes the applications, then what all of them come to.
func (r *Fleet) Write(w io.Writer, o Options) error {
	r.APIVersion, r.Kind = APIVersion, "Fleet"
	if r.Applications == nil {
		r.Applications = []FleetApplication{}
	}
	r.Clean(o.ShowSecrets)
	r.rank()
	if !o.own(TuningFormats()) {
		d := printers.Document{Whole: r}
		for _, one := range r.Applications {
			d.Rows = append(d.Rows, one)
			d.Names = append(d.Names, printers.Name{Name: one.Name})
		}
		return o.print(w, d)
	}
	o.wide = o.Format == "wide"
	return draw(w, o, func(t *table) { t.fleet(r) })
}

// Clean makes every string safe to print, and masks the values of what looks like a secret. Twice gives what once does.
func (r *Fleet) Clean(showSecrets bool) {
	r.Folder = clean.Text(r.Folder)
	for i := range r.Applications {
		one := &r.Applications[i]
		one.TunedWorkload.clean(showSecrets)
		one.LastOutcome = model.Outcome(clean.Text(string(one.LastOutcome)))
		one.NotPredicted, one.Show = clean.Text(mask.Message(one.NotPredicted)), clean.Text(mask.Message(one.Show))
	}
	for _, all := range [][]NotChecked{r.NotUsed, r.Unread, r.NotRead} {
		cleanNotUsed(all)
	}
}

// Unanswered is how many applications, and shares of them, have no answer, for something of them could not be read: the share, all logs that
// were tried, or a setting.
func (r *Fleet) Unanswered() int {
	n := len(r.Unread) + len(r.NotRead)
	for i := range r.Applications {
		if !r.Applications[i].sized() {
			n++
		}
	}
	return n
}

// Changed says that something is to change in one of the applications.
func (r *Fleet) Changed() bool {
	return slices.ContainsFunc(r.Applications, func(a FleetApplication) bool { return a.ToChange })
}

// rank orders applications by what could be saved, and sums that up. Neither depends on the order in which they were read.
func (r *Fleet) rank() {
	for i := range r.Applications {
		one := &r.Applications[i]
		r.Logs += one.Logs
		if one.Now != nil && one.Next != nil {
			one.SavedGiBHours = hours((one.Now.MemoryGiBHours - one.Next.MemoryGiBHours) * float64(one.Logs))
		}
	}
	slices.SortStableFunc(r.Applications, func(a, b FleetApplication) int {
		return cmp.Or(cmp.Compare(max(b.SavedGiBHours, 0), max(a.SavedGiBHours, 0)), cmp.Compare(rankless(&a), rankless(&b)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Show, b.Show))
	})
	for _, one := range r.Applications {
		if one.Now != nil && one.Next != nil {
			r.GiBHours += one.Now.MemoryGiBHours * float64(one.Logs)
			r.SavedGiBHours += max(one.SavedGiBHours, 0)
		}
	}
	r.GiBHours, r.SavedGiBHours = hours(r.GiBHours), hours(r.SavedGiBHours)
	for _, all := range [][]NotChecked{r.NotUsed, r.Unread} {
		slices.SortStableFunc(all, func(a, b NotChecked) int {
			return cmp.Or(cmp.Compare(a.Object, b.Object), cmp.Compare(a.Reason, b.Reason))
		})
	}
}

// rankless orders applications of which nothing can be saved: what is to change first, then what had no whole run, then what is right.
func rankless(a *FleetApplication) int {
	switch {
	case a.ToChange:
		return 0
	case !a.right():
		return 1
	}
	return 2
}

// hours rounds GiB hours to what is read.
func hours(x float64) float64 { return math.Round(x*1e4) / 1e4 }

// right says that nothing is to be changed in an application that was judged by a whole run.
func (a *FleetApplication) right() bool {
	return !a.ToChange && len(a.NotJudged) == 0 && a.WholeRuns > 0
}

// sized says that its settings could be read: then it goes by runs, or says of each why not.
func (a *FleetApplication) sized() bool { return a.Runs+a.UnusedRuns > 0 }

func (t *table) fleet(r *Fleet) {
	right, wrong, unsized, unended := 0, 0, 0, 0
	for i := range r.Applications {
		one := &r.Applications[i]
		switch {
		case one.right():
			right++
		case one.ToChange:
			wrong++
		case !one.sized():
			unsized++
		case one.WholeRuns == 0:
			unended++
		}
		if !one.right() || t.o.Right {
			t.fleetApplication(one)
		}
	}
	for _, one := range r.NotUsed {
		t.Item("not used: " + one.Reason)
	}
	for _, one := range slices.Concat(r.Unread, r.NotRead) {
		t.Item("not read: " + one.Reason)
	}
	whole := right == len(r.Applications) && len(r.NotUsed)+len(r.Unread)+len(r.NotRead) == 0
	if !whole || t.o.Right {
		t.WriteByte('\n')
	}
	says := []string{Count(len(r.Applications), "application", "applications") + " with " + Count(r.Logs, "log", "logs")}
	if wrong > 0 {
		says = append(says, fmt.Sprintf("%d to change", wrong))
	}
	if right > 0 {
		says = append(says, fmt.Sprintf("nothing to change in %d", right))
	}
	if unended > 0 {
		says = append(says, fmt.Sprintf("%d without a whole run", unended))
	}
	if unsized > 0 {
		says = append(says, fmt.Sprintf("%d could not be sized", unsized))
	}
	if n := len(r.Applications) - right - wrong - unended - unsized; n > 0 {
		says = append(says, fmt.Sprintf("%d checked in part", n))
	}
	if n := len(r.Unread); n > 0 {
		says = append(says, Count(n, "application was", "applications were")+" not read")
	}
	if n := len(r.NotUsed); n > 0 {
		says = append(says, Count(n, "log was", "logs were")+" not used")
	}
	if n := len(r.NotRead); n > 0 {
		says = append(says, Count(n, "share of the applications is", "shares of the applications are")+" missing")
	}
	sign := t.Paint(layout.Green, t.Glyph("√", "ok"))
	if !whole {
		sign = t.Paint(layout.Yellow, t.Glyph("‼", "!"))
	}
	t.Wrapped(sign+" ", "  ", strings.Join(says, t.Sep()))
	if r.SavedGiBHours > 0 {
		t.Wrapped("  ", "  ", fmt.Sprintf("%.4g of %.4g GiB·h of memory could be saved, if each run is as the last one of its application", r.SavedGiBHours, r.GiBHours))
	} else if r.GiBHours > 0 {
		says := "no memory can be saved"
		if few := r.few(); few > 0 {
			says += fmt.Sprintf(" so far; it is reduced after %s that ended well (--min-runs), and %s fewer", Count(r.MinRuns, "run", "runs"), Count(few, "application has", "applications have"))
		}
		t.Wrapped("  ", "  ", says)
	}
	if wrong > 0 {
		t.WriteString("next: " + t.Plain(r.Applications[0].Show) + "\n") // in one line, so that it can be pasted
	}
}

// few is how many applications have fewer runs than any of them must have before its memory is reduced.
func (r *Fleet) few() (n int) {
	for i := range r.Applications {
		if r.Applications[i].Logs < r.MinRuns {
			n++
		}
	}
	return n
}

// lastRun words a last run that did not end well.
func lastRun(o model.Outcome) string {
	switch o {
	case model.Failed, model.Failures:
		return "the last run failed"
	case model.Stopped:
		return "the last run was stopped"
	case model.NoEnd:
		return "the last log has no end"
	}
	return ""
}

// fleetApplication writes what an application takes and would take, then what to change. Settings to try and notes stand where all
// is asked for.
func (t *table) fleetApplication(one *FleetApplication) {
	head := []string{Count(one.Logs, "log", "logs")}
	if text := lastRun(one.LastOutcome); text != "" {
		head = append(head, text)
	}
	switch {
	case one.Next == nil:
		head = append(head, "not predicted: "+one.NotPredicted)
	case !one.ToChange:
		head = append(head, fmt.Sprintf("%.4g GiB·h a run", one.Now.MemoryGiBHours))
	default:
		head = append(head, fmt.Sprintf("%.4g%s%.4g GiB·h a run", one.Now.MemoryGiBHours, t.Glyph(" → ", " > "), one.Next.MemoryGiBHours))
	}
	switch {
	case one.SavedGiBHours > 0:
		head = append(head, fmt.Sprintf("saves %.4g GiB·h in all", one.SavedGiBHours))
	case one.SavedGiBHours < 0:
		head = append(head, "needs more")
	}
	t.WriteString(t.Paint(layout.Bold, one.Name) + "\n")
	t.Wrapped("  ", "    ", strings.Join(head, t.Sep()))
	for _, s := range one.shown(t.o) {
		if s.Verdict == tuner.Change || t.o.Right {
			t.Wrapped("  ", "    ", fmt.Sprintf("%s: %s %s", settingName(s), orNone(s.Now), t.recommended(s)))
		}
	}
	for _, not := range one.NotJudged {
		t.Item(fmt.Sprintf("not checked: %s, %s", not.Role, not.Reason))
	}
	for _, note := range one.Notes {
		if t.o.Right {
			t.Item(note)
		}
	}
}
