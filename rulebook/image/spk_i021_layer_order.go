package image

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

func layerOrder() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I021", Name: "layer-order", Level: rule.Warning, Area: rule.Image,
		Doc: rule.Doc{
			Title: "A change of the application makes all layers new",
			Why: "A builder takes a layer from its cache as long as nothing in front of it changed. Where sources are copied before packages are installed, " +
				"each change of the sources installs them anew, and every node pulls them again. " +
				"COPY of a whole folder takes in what .dockerignore does not leave out: .git, results of builds, files with secrets.",
			Remedy:  "copy lists of dependencies first, install them, and copy the application last; leave out with .dockerignore what the image does not need",
			Levels:  "a suggestion where a build stage could keep its downloads in a cache of the builder",
			Since:   "0.1.0",
			Sources: []string{"Docker: Optimize cache usage in builds", "Docker: Build context, .dockerignore files", "BuildKit: RUN --mount=type=cache"},
		},
		Build: built(rule.Warning, func(b *build) {
			for _, s := range b.Stages {
				b.order(s)
				b.cacheMounts(s)
			}
			b.ignoreFile()
		}),
	}
}

// wholeFolder says that an instruction copies all of the build's folder.
func wholeFolder(i *dockerfile.Instruction) bool {
	return (i.Keyword == "copy" || i.Keyword == "add") && i.Flag("from") == "" && slices.ContainsFunc(i.Sources(), func(s string) bool { return s == "." || s == "./" || s == "/" || s == "*" })
}

// order finds packages that are installed behind the copy of all sources.
func (b *build) order(s *dockerfile.Stage) {
	at := slices.IndexFunc(s.Instructions, wholeFolder)
	if at < 0 {
		return
	}
	copied := s.Instructions[at]
	for n, i := range s.Instructions[at+1:] {
		if i.Keyword != "run" || i.Unread != "" {
			continue
		}
		list, movable, installs := b.installs(i)
		if !installs {
			continue
		}
		f := finding{at: i.Start(), message: "packages are installed behind %s of all sources; each change of a source installs them anew", args: []any{strings.ToUpper(copied.Keyword)},
			summary: "install packages before the sources are copied"}
		if !movable {
			f.summary += "; which files of them it reads is not known here"
		} else if n == 0 || !slices.ContainsFunc(s.Instructions[at+1:at+1+n], func(o *dockerfile.Instruction) bool { return o.Keyword != "label" }) {
			f.changes = b.movedUp(copied, i, list)
		}
		b.report(f)
		return
	}
}

// installs says that a RUN only installs packages, and which list of them in the sources it reads; "" where none. movable says that it
// reads nothing else of the sources, as far as its words tell.
func (b *build) installs(i *dockerfile.Instruction) (list string, movable, is bool) {
	movable = true
	for n := range i.Commands {
		c := &i.Commands[n]
		at, pip := isPip(c)
		switch {
		case pip:
			is = true
			for k := at + 1; k < len(c.Words); k++ {
				switch text := c.Text(k); {
				case text == "-r" || text == "--requirement":
					movable = movable && list == "" && path.Ext(c.Text(k+1)) == ".txt" // one list, which no source makes
					list = c.Text(k + 1)
					k++
				case text == "." || strings.HasPrefix(text, "./") || strings.HasPrefix(text, ".["):
					return "", false, false // it installs the application itself
				case slices.Contains([]string{"-c", "--constraint", "-e", "--editable", "-f", "--find-links"}, text),
					!strings.Contains(text, "://") && localFile.MatchString(text):
					movable = false
				}
			}
		case isApt(c, "install"), c.Name() == "apk" && c.Has("add"), (c.Name() == "yum" || c.Name() == "dnf") && c.Has("install"):
			is = true
			movable = movable && !slices.ContainsFunc(c.Words, func(w dockerfile.Word) bool { return localFile.MatchString(w.Text) })
		case c.Name() == "rm":
			movable = movable && !slices.ContainsFunc(c.Operands(1), func(w dockerfile.Word) bool {
				return !strings.HasPrefix(w.Text, "/var/") && !strings.HasPrefix(w.Text, "/root/.cache") && !strings.HasPrefix(w.Text, "/tmp/")
			})
		case slices.Contains([]string{"apt-get", "apt", "true", "pip", "pip3"}, c.Name()):
		default:
			return "", false, false
		}
	}
	return list, movable, is
}

// localFile is an operand that may be a file or a folder.
var localFile = regexp.MustCompile(`^[^=<>~!@]*/|\.(?:whl|zip|tar\.gz|deb|rpm)$|[` + "`" + `(*]`)

// movedUp puts a RUN in front of the copy of the sources; the list of packages that it reads is copied first.
func (b *build) movedUp(copied, i *dockerfile.Instruction, list string) []dockerfile.Change {
	if copied.Target() == "/" { // it may bring the settings of a package manager
		return nil
	}
	lines := b.texts(i)
	if list != "" {
		target := strings.TrimSuffix(copied.Target(), "/")
		source := list
		if path.IsAbs(list) {
			inside, is := strings.CutPrefix(list, target+"/")
			if !is {
				return nil
			}
			source = inside
		} else if path.IsAbs(target) && target != b.workdir(copied) {
			return nil
		}
		if strings.Contains(source, "$") || strings.HasPrefix(source, "..") {
			return nil
		}
		to := list
		if !path.IsAbs(list) {
			to = "./" + strings.TrimPrefix(list, "./")
		}
		flags := ""
		if owner := copied.Flag("chown"); owner != "" {
			flags = "--chown=" + owner + " "
		}
		lines = append([]string{"COPY " + flags + strings.TrimPrefix(source, "./") + " " + to}, lines...)
	}
	return []dockerfile.Change{dockerfile.Insert(copied.First, lines...), dockerfile.Remove(i.First, i.Last)}
}

// workdir is the folder in which an instruction runs.
func (b *build) workdir(at *dockerfile.Instruction) string {
	dir := "/"
	for _, i := range at.Stage.Instructions {
		if i == at {
			break
		}
		if i.Keyword == "workdir" {
			if dir = b.Expand(i.Target(), i); !path.IsAbs(dir) {
				dir = "/" + dir
			}
		}
	}
	return strings.TrimSuffix(dir, "/")
}

// wantedPatterns are what no image needs, with the forms that leave it out as well.
var wantedPatterns = []struct {
	pattern string
	also    []string
}{
	{".git", []string{".git/", "**/.git", "/.git", ".git*", ".*"}},
	{".env", []string{".env*", "**/.env", "*.env", ".*"}},
	{"target", []string{"target/", "**/target", "/target", "**/target/"}},
	{".venv", []string{".venv/", "venv", "**/.venv", ".*", "venv/"}},
	{"**/__pycache__", []string{"__pycache__", "__pycache__/", "**/__pycache__/", "*.pyc", "**/*.pyc"}},
}

// needs says that a build or the image uses what a pattern would leave out: a COPY names it, or a command, and no RUN of the file makes it.
func (b *build) needs(pattern string) bool {
	builds, needs := slices.ContainsFunc(b.All(), func(i *dockerfile.Instruction) bool {
		return slices.ContainsFunc(i.Commands, func(c dockerfile.Command) bool { return builders[c.Name()] != "" })
	}), false
	word := regexp.MustCompile(`(?:^|[\s/"'=,:\[])` + regexp.QuoteMeta(strings.TrimPrefix(pattern, "**/")) + `(?:$|[\s/"',:\]])`)
	for _, i := range b.All() {
		text := i.Args
		if i.Keyword == "run" {
			text = append(slices.Clone(i.Args), b.texts(i)...)
			if pattern == ".git" && slices.ContainsFunc(i.Commands, func(c dockerfile.Command) bool { return c.Name() == "git" && !c.Has("clone", "config") }) {
				return true
			}
		}
		if (i.Keyword == "copy" || i.Keyword == "add") && i.Flag("from") != "" || pattern == "target" && builds && i.Keyword != "copy" && i.Keyword != "add" {
			continue
		}
		if i.Keyword == "run" { // --mount=target= is a word of BuildKit
			for n := range text {
				text[n] = strings.ReplaceAll(text[n], ",target=", ",")
			}
		}
		needs = needs || word.MatchString(strings.Join(text, " "))
	}
	return needs
}

// ignoreFile finds a build of a whole folder without a .dockerignore, or with one that lets secrets in.
func (b *build) ignoreFile() {
	at := slices.IndexFunc(b.All(), wholeFolder)
	if at < 0 || b.Context == nil {
		return
	}
	i := b.All()[at]
	ignores := func(forms ...string) bool {
		return slices.ContainsFunc(b.Context.Ignore, func(p string) bool { return p == "*" || p == "**" || slices.Contains(forms, p) })
	}
	var missing []string
	for n, one := range wantedPatterns {
		if !ignores(append(one.also, one.pattern)...) && (!b.Context.Exists || n < 2) && !b.needs(one.pattern) {
			missing = append(missing, one.pattern)
		}
	}
	if len(missing) == 0 {
		return
	}
	f := finding{at: i.Start(), message: "%s takes in the whole folder, and there is no .dockerignore; .git, build results and secret files come in", args: []any{strings.ToUpper(i.Keyword)},
		summary: "write " + b.patterns("a "), file: b.Context.Name, changes: []dockerfile.Change{dockerfile.Insert(b.Context.Lines+1, missing...)}}
	if b.Context.Exists {
		f.message, f.args = "%s takes in the whole folder, and .dockerignore does not leave out %s", []any{strings.ToUpper(i.Keyword), strings.Join(missing, ", ")}
		f.summary = "add " + strings.Join(missing, ", ") + " to " + b.patterns("")
	}
	b.report(f)
}

// patterns names the file that a build leaves out by. The one of its folder is called as everybody calls it.
func (b *build) patterns(article string) string {
	if name := path.Base(b.Context.Name); name != ".dockerignore" {
		return name
	}
	return article + ".dockerignore"
}
