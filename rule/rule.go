package rule

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Level says how much a finding matters.
type Level string

// Levels, worst first.
const (
	Error   Level = "error"   // will fail, is failing, or is exploitable
	Warning Level = "warning" // likely cost or risk
	Advice  Level = "advice"  // worth knowing
)

// Levels lists all levels, worst first.
func Levels() []Level { return []Level{Error, Warning, Advice} }

// AtLeast says whether l is as bad as the threshold or worse.
func (l Level) AtLeast(threshold Level) bool { return l.rank() >= threshold.rank() }

// Word is the level as people read it. Programs read advice, people suggestion.
func (l Level) Word() string {
	if l == Advice {
		return "suggestion"
	}
	return string(l)
}

// ParseLevel reads a level as people or programs write it.
func ParseLevel(word string) (level Level, known bool) {
	for _, l := range Levels() {
		if word == string(l) || word == l.Word() {
			return l, true
		}
	}
	return "", false
}

func (l Level) rank() int {
	at := slices.Index(Levels(), l)
	if at < 0 {
		return 0
	}
	return len(Levels()) - at
}

// Area is one of the four fields of care, the letter in a rule's code.
type Area string

// Areas, in the order users care.
const (
	Performance Area = "performance"
	Monitoring  Area = "monitoring"
	Security    Area = "security"
	Image       Area = "image"
)

// Areas lists the areas in the order users care.
func Areas() []Area { return []Area{Performance, Monitoring, Security, Image} }

// Profile names a wanted state; each holds what the one before it does.
type Profile string

// Profiles from the most careful one on. ByWant is no profile: a part that carries it is applied only where
// the want annotation names it.
const (
	Safe       Profile = "safe"
	Standard   Profile = "standard"
	Restricted Profile = "restricted"
	ByWant     Profile = "want"
)

// Profiles lists the profiles in their order.
func Profiles() []Profile { return []Profile{Safe, Standard, Restricted} }

// ParseProfile reads a profile's name.
func ParseProfile(s string) (Profile, bool) {
	for _, p := range Profiles() {
		if string(p) == s {
			return p, true
		}
	}
	return "", false
}

// Holds says whether profile p applies what other is the lowest profile of.
func (p Profile) Holds(other Profile) bool {
	return other != ByWant && other.rank() <= p.rank()
}

func (p Profile) rank() int {
	return slices.Index(Profiles(), p) + 1
}

// Doc is what explain, the rule index and SARIF help say of a rule.
type Doc struct {
	Title       string   // what is wrong when the rule finds something, in a few words
	Why         string   // the consequence, and how Spark or Kubernetes brings it about
	Remedy      string   // what to do by hand
	Levels      string   // when a finding carries another level than the usual one
	Since       string   // the release of kubectl spark that brought it
	Sources     []string // files, issues and measurements that it rests on
	Consequence string   // what ends a finding's message, after the states of its parts
	Subject     string   // what begins that message, before them; "": nothing
	Where       string   // what ends a finding's order, after what its parts set; "": the order is Remedy
}

// Part is an edit of a rule that can be applied and refused apart from the others.
type Part struct {
	Name    string      // lower camel case; wherever a code is accepted so is CODE/Name
	Roles   spark.Roles // where it applies; nil: all roles of the rule
	Profile Profile     // the lowest profile that applies it
	State   string      // the faulty state, as a finding words it
	Says    string      // what is set, as the injection table words it
	Sets    string      // what is set, as a finding's order words it
	Where   string      // where that stands; "": where the rule's document says
}

// None is what a rule deliberately leaves alone: every report tells it, and so does explain.
type None struct {
	Part      string           // "": the whole rule, whose Ensure is not run then
	Roles     spark.Roles      // nil: all roles of the rule
	Launchers []spark.Launcher // nil: all
	Reason    Reason
}

func (n *None) concerns(role spark.Role, launcher spark.Launcher) bool {
	return n.Roles.Has(role) && (n.Launchers == nil || slices.Contains(n.Launchers, launcher))
}

// Rule is one statement about Spark workloads. One of Ensure and Inspect is set, or none and Build.
type Rule struct {
	Code      string // SPK-S011; never reused
	Name      string // kebab case
	Doc       Doc
	Level     Level
	Area      Area
	Roles     spark.Roles
	Launchers []spark.Launcher // nil: all
	Spark     spark.Range      // Spark versions it makes sense for; the zero range holds all
	Parts     []Part           // of an Ensure rule
	None      []None           // of an Ensure rule; of entries for one part the first that fits counts
	Admit     bool             // may the webhook and inject apply it
	Client    bool             // it holds for a driver in client mode, too: a container that Spark has not made
	Written   bool             // it judges a template as it is written, and not the pod that Spark makes of it
	Each      bool             // it judges each setting of a configuration by itself: a part of that is enough
	Needs     []Key            // without them it is skipped, with the reason
	Uses      []Key            // without them it says what it could not weigh
	About     Key              // what it judges: a subject without it has nothing to check. nil: the template and the configuration
	// SkipNeeds are roles for which a visible container is enough: the rule then runs without its Needs. nil: none.
	SkipNeeds spark.Roles

	// Ensure brings the subject into the wanted state by calling verbs.
	Ensure Check
	// Inspect only looks and reports.
	Inspect Check
	// Build is what it finds in a Dockerfile, beside or without the other two; nil: it does not speak of Dockerfiles.
	Build func(*Input) []Finding
}

// check is the one of Ensure and Inspect that is set.
func (r *Rule) check() Check {
	if r.Ensure != nil {
		return r.Ensure
	}
	return r.Inspect
}

// Concerns says whether the rule has anything to say of a role that a launcher made.
func (r *Rule) Concerns(role spark.Role, launcher spark.Launcher) bool {
	return r.Roles.Has(role) && (r.Launchers == nil || slices.Contains(r.Launchers, launcher))
}

func (r *Rule) part(name string, role spark.Role) *Part {
	for i := range r.Parts {
		if p := &r.Parts[i]; p.Name == name && p.Roles.Has(role) {
			return p
		}
	}
	return nil
}

// declares says whether any role has the part. An Inspect rule has none, so it can call no verb.
func (r *Rule) declares(part string) bool {
	for i := range r.Parts {
		if r.Parts[i].Name == part {
			return true
		}
	}
	return false
}

// Named says whether the list holds the code, or the code with this part.
func Named(list []string, code, part string) bool {
	for _, entry := range list {
		if c, p, ok := strings.Cut(entry, "/"); c == code && (!ok || p == part) {
			return true
		}
	}
	return false
}

// Path is a place in a template; rules name places without knowing how edits travel.
type Path = patch.Path
