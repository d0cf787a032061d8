package report

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/report/layout"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// ByWorkload and ByFinding are what a table may be grouped by.
const (
	ByWorkload = "workload"
	ByFinding  = "finding"
)

// mostCards is the number of workloads with findings above which a table is grouped by finding, so that it fits on two
// screens. Then it takes at most kindLines lines for findings and reasonLines for what was not checked.
const (
	mostCards   = 10
	kindLines   = 40
	reasonLines = 8
)

// wideNames is how many workloads of a finding the wide form names.
const wideNames = 20

// kind is everything that was found of one code at one level.
type kind struct {
	Finding
	workloads []string
	pods      int
	differs   bool // its findings have different fixes
	edited    bool // a rule has an edit for one of them in a pod or its template
	install   bool // the first kind that the webhook edits in new pods
}

// ByFinding says whether a table is grouped by the kind of findings, not by workload.
func (r *Report) ByFinding(o Options) bool {
	if o.By != "" {
		return o.By == ByFinding
	}
	shown, _ := r.shown(o)
	names := map[string]bool{}
	for _, f := range shown {
		names[f.Workload] = true
	}
	return len(names) > mostCards
}

// Brief says that a table of many workloads is to fit on two screens: nobody asked for all of it.
func (r *Report) Brief(o Options) bool {
	return o.By == "" && o.Lowest != rule.Advice && r.ByFinding(o)
}

// First is the code of the finding that a table shows first; "" where there is none.
func (r *Report) First(o Options) string {
	if all, _ := r.kinds(o); len(all) > 0 && r.ByFinding(o) {
		return all[0].Code
	}
	if len(r.Findings) > 0 {
		return r.Findings[0].Code
	}
	return ""
}

// kinds writes a line or two for each kind of finding, the most harmful first: one where the lines would be too many. The
// wide form shows as many kinds.
func (t *table) kinds(r *Report) {
	all, hidden := r.kinds(t.o)
	shown, lines := len(all), 0
	t.rows = t.kindColumns(all)
	for _, k := range all {
		lines += strings.Count(t.kind(k), "\n")
	}
	text := t.kind
	if lines > kindLines && r.Brief(t.o) {
		text = t.briefKind
		if len(all) > kindLines {
			shown = kindLines - 1
		}
	}
	if t.Wide {
		t.wideKinds(all[:shown])
	} else {
		for _, k := range all[:shown] {
			t.WriteString(text(k))
		}
	}
	if shown < len(all) {
		t.moreKinds(all[shown:])
	}
	if hidden.all() > 0 {
		fmt.Fprintf(t, "  %s %s (--all)\n", t.Glyph("…", "..."), hidden)
	}
	if len(all)+hidden.all() > 0 {
		t.WriteByte('\n')
	}
}

// moreKinds counts the kinds that are not written.
func (t *table) moreKinds(rest []kind) {
	names := map[string]bool{}
	for _, k := range rest {
		for _, name := range k.workloads {
			names[name] = true
		}
	}
	text := fmt.Sprintf("%s in %s (--by=finding)", Count(len(rest), "more kind of finding", "more kinds of findings"), Count(len(names), "workload", "workloads"))
	t.Wrapped("  "+t.Glyph("…", "...")+" ", "    ", text)
}

// kinds groups findings by code and level: worse levels first, and within a level what most workloads have.
func (r *Report) kinds(o Options) (all []kind, hidden Counts) {
	at := map[string]int{}
	counted := map[[2]string]bool{} // by kind and workload
	for _, f := range r.Findings {
		if !o.shows(f.Level) {
			hidden.Add(f.Level)
			continue
		}
		key := f.Code + string(f.Level)
		i, ok := at[key]
		if !ok {
			i = len(all)
			at[key], all = i, append(all, kind{Finding: f})
		}
		k := &all[i]
		k.pods += f.Count
		k.edited = k.edited || f.Edited
		k.differs = k.differs || !slices.Equal(f.summaries(), k.Finding.summaries())
		if one := [2]string{key, f.Workload}; !counted[one] {
			counted[one], k.workloads = true, append(k.workloads, f.Workload)
		}
	}
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i], all[j]
		switch {
		case a.Level != b.Level:
			return a.Level.AtLeast(b.Level)
		case a.Happened != b.Happened:
			return a.Happened
		case len(a.workloads) != len(b.workloads):
			return len(a.workloads) > len(b.workloads)
		}
		return a.Code < b.Code
	})
	if i := slices.IndexFunc(all, func(k kind) bool { return o.Injected[k.Code] && k.edited }); i >= 0 && o.Install != "" {
		all[i].install = true
	}
	return all, hidden
}

// title says in a few words what is wrong.
func (k *kind) title() string {
	if k.Title != "" {
		return k.Title
	}
	return k.Message
}

// kindColumns is how wide the longest title of a kind is and the longest number of workloads. titles is what titles take
// where names follow on their line, 0 where they do not fit there.
type kindColumns struct{ longest, numbers, titles int }

func (t *table) kindColumns(all []kind) (c kindColumns) {
	for _, k := range all {
		c.longest = max(c.longest, layout.Columns(t.Plain(k.title())))
		c.numbers = max(c.numbers, len(strconv.Itoa(len(k.workloads))))
	}
	if c.longest <= t.Width-indent-c.numbers-len(" workloads")-2*len("  ")-leastNames {
		c.titles = c.longest
	}
	return c
}

// leastNames is the number of columns below which the names of workloads have a line of their own.
const leastNames = 24

// workloadsOf is the number of workloads of a kind, below those of other kinds.
func (t *table) workloadsOf(k kind) string {
	word := "workloads"
	if len(k.workloads) == 1 {
		word = "workload "
	}
	return fmt.Sprintf("%*d %s", t.rows.numbers, len(k.workloads), word)
}

// kind is what a kind of finding looks like: on one line where the first names fit behind its title, else on two.
func (t *table) kind(k kind) string {
	head := fmt.Sprintf("  %s %s  ", t.Sign(k.Level), k.Code)
	room, number := t.Width-indent, t.workloadsOf(k)+"  "
	title := Wrap(t.Plain(k.title()), room)
	if len(title) == 1 && layout.Columns(title[0]) <= t.rows.titles {
		left := room - t.rows.titles - 2 - layout.Columns(number)
		return head + layout.Pad(title[0], t.rows.titles) + "  " + number + t.Paint(layout.Dim, t.names(k.workloads, left)) + "\n" + t.install(k)
	}
	below := strings.Repeat(" ", indent)
	return head + strings.Join(title, "\n"+below) + "\n" + below + number + t.Paint(layout.Dim, t.names(k.workloads, room-layout.Columns(number))) + "\n" + t.install(k)
}

// install is the line below a kind of finding that the webhook edits in new pods. A command is not broken.
func (t *table) install(k kind) string {
	if !k.install {
		return ""
	}
	return strings.Repeat(" ", indent) + t.Paint(layout.Bold, "one line for new pods: "+t.o.Install) + "\n"
}

// briefKind is a kind of finding on one line: a title that is too long is cut, explain has all of it.
func (t *table) briefKind(k kind) string {
	const leastTitle = 52
	number := t.workloadsOf(k)
	room := t.Width - indent - 2 - layout.Columns(number)
	titles := min(t.rows.longest, max(leastTitle, room-2-leastNames), room)
	text := fmt.Sprintf("  %s %s  %s  %s", t.Sign(k.Level), k.Code, layout.Pad(layout.Cut(t.Plain(k.title()), titles, t.Glyph("…", "...")), titles), number)
	if left := room - titles - 2; left >= leastNames {
		text += "  " + t.Paint(layout.Dim, t.names(k.workloads, left))
	}
	return strings.TrimRight(text, " ") + "\n" + t.install(k)
}

// names are the first names, as many as fit into n columns, and a sign for those that do not.
func (t *table) names(all []string, n int) string {
	text, more := "", t.Glyph(", …", ", ...")
	for i, name := range all {
		next := name
		if i > 0 {
			next = text + ", " + name
		}
		room := n
		if i < len(all)-1 {
			room -= layout.Columns(more)
		}
		if layout.Columns(next) > room {
			if i == 0 {
				return layout.Cut(name, n, t.Glyph("…", "..."))
			}
			return text + more
		}
		text = next
	}
	return text
}

// wideKinds writes a line for each kind of finding, with all columns.
func (t *table) wideKinds(all []kind) {
	titles := 0
	for _, k := range all {
		titles = max(titles, layout.Columns(k.title()))
	}
	for _, k := range all {
		names := strings.Join(k.workloads[:min(len(k.workloads), wideNames)], ", ")
		if len(k.workloads) > wideNames {
			names += t.Glyph(", …", ", ...")
		}
		pods := ""
		if k.pods > 0 && !k.Once {
			pods = Count(k.pods, "pod", "pods")
		}
		fix := t.remedy(k.Finding)
		if k.differs {
			fix = "fix: differs by workload, see --by=workload"
		}
		if k.install {
			fix = strings.TrimPrefix(fix+"; one line for new pods: "+t.o.Install, "; ")
		}
		fmt.Fprintf(t, "  %s %s  %s  %-13s  %-11s  %-10s  %s  %s\n", t.Sign(k.Level), k.Code, layout.Pad(k.title(), titles), Count(len(k.workloads), "workload", "workloads"),
			k.Area, pods, t.Paint(layout.Dim, names), t.Paint(layout.Bold, fix))
	}
}
