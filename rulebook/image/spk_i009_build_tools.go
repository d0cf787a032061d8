package image

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

func buildTools() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I009", Name: "build-tools", Level: rule.Warning, Area: rule.Image,
		Doc: rule.Doc{
			Title: "The image holds tools that only a build needs",
			Why: "Maven, sbt, compilers, git and a JDK are for builds. Spark runs with a JRE. The tools, sources and caches of a build make an image larger by hundreds of MB, " +
				"and they are more to attack. Another stage can build, and the image then holds its result alone.",
			Remedy:  "build in a separate stage, copy the result (COPY --from=build), and begin the last stage from a JRE",
			Levels:  "a suggestion for a JDK, whose tools help to look into a running JVM",
			Since:   "0.1.0",
			Sources: []string{"Docker: Multi-stage builds", "Eclipse Temurin: images with tag jre"},
		},
		Build: built(rule.Warning, func(b *build) {
			b.buildsInImage()
			b.jdk()
			b.tools()
		}),
	}
}

// builders are commands that compile, and what they write their result to.
var builders = map[string]string{"mvn": "target/", "mvnw": "target/", "sbt": "target/", "gradle": "build/libs/", "gradlew": "build/libs/"}

// builds says whether an instruction compiles, and with what.
func builds(i *dockerfile.Instruction) (c *dockerfile.Command) {
	for n := range i.Commands {
		one := &i.Commands[n]
		if builders[one.Name()] != "" && len(one.Words) > 1 && !one.Has("--version", "-v", "dependency:go-offline", "dependency:get", "dependency:copy", "update") {
			c = one
		}
	}
	return c
}

// buildsInImage finds a build in the last stage.
func (b *build) buildsInImage() {
	last := b.Last()
	at := -1
	var c *dockerfile.Command
	for n, i := range last.Instructions {
		if one := builds(i); one != nil {
			at, c = n, one
		}
	}
	if at < 0 {
		if of := baseOf(b.Image(last)); of.build != "" {
			b.report(finding{at: last.From.Start(), message: "the image begins from %s, an image for builds", args: []any{last.Base}, summary: "begin the last stage from a JRE, and build in a separate stage"})
		}
		return
	}
	f := finding{at: c.Start(), message: c.Name() + " runs in the last stage; sources, caches and tools of the build stay in the image", summary: "build in a separate stage, and copy its result with COPY --from"}
	f.changes = b.split(last, at, builders[c.Name()])
	if f.changes == nil {
		f.summary += "; which file the application needs is not known here"
	}
	b.report(f)
}

// split parts a stage behind its last build: what comes before is a stage that builds, and the last stage takes its result.
func (b *build) split(s *dockerfile.Stage, at int, output string) []dockerfile.Change {
	if baseOf(b.Image(s)).build != "" || s.Name != "" && slices.ContainsFunc(b.Stages, func(o *dockerfile.Stage) bool { return o != s && o.Base == s.Name }) {
		return nil // the base is chosen by people
	}
	dir := ""
	var kept []string   // instructions that hold for both
	var brings []string // folders that the build's sources come to
	for n, i := range s.Instructions[:at+1] {
		if i.Unread != "" {
			return nil
		}
		switch i.Keyword {
		case "workdir":
			dir = b.Expand(i.Target(), i)
			kept = append(kept, b.texts(i)...)
		case "env", "arg", "label", "shell", "expose", "volume":
			kept = append(kept, b.texts(i)...)
		case "user", "entrypoint", "cmd", "healthcheck", "stopsignal", "onbuild":
			kept = append(kept, b.texts(i)...)
		case "run":
			switch {
			case onlyBuilds(i), n < at && toolsOnly(i):
			case n == at || len(brings) > 0 || copiesSources(i): // what it does besides may be for the application, and may need the sources
				return nil
			default:
				kept = append(kept, b.texts(i)...) // what it installs may be for the application
			}
		case "copy", "add":
			if !sources(i) {
				kept = append(kept, b.texts(i)...)
				continue
			}
			to := b.Expand(i.Target(), i)
			if !path.IsAbs(to) {
				to = path.Join("/", dir, to)
			}
			brings = append(brings, to)
		}
	}
	if dir == "" {
		dir = "/"
	}
	changes, copies, found := b.results(s, at, dir, output)
	if !found || b.usesSources(s, at, dir, output, brings) {
		return nil
	}
	name := "build"
	for slices.ContainsFunc(b.Stages, func(o *dockerfile.Stage) bool { return o.Name == name }) {
		name += "-app"
	}
	for n := range copies {
		copies[n] = strings.ReplaceAll(copies[n], stageMark, name)
	}
	for n := range changes {
		for k := range changes[n].Lines {
			changes[n].Lines[k] = strings.ReplaceAll(changes[n].Lines[k], stageMark, name)
		}
	}
	from := b.texts(s.From)
	first := strings.TrimRight(regexp.MustCompile(`(?i)\s+AS\s+\S+\s*$`).ReplaceAllString(from[len(from)-1], ""), " \t")
	head := append(slices.Clone(from[:len(from)-1]), first+" AS "+name)
	changes = append([]dockerfile.Change{{First: s.From.First, Last: s.From.Last, Lines: head}}, changes...)
	behind := s.Instructions[at].Last + 1
	begin := slices.Concat([]string{"", "# The image: the result of the build, without its tools."}, from, kept, copies)
	return append(changes, dockerfile.Insert(behind, begin...))
}

// onlyBuilds says that a RUN does nothing but compile, or fetch what a build needs.
func onlyBuilds(i *dockerfile.Instruction) bool {
	building := false
	for n := range i.Commands {
		switch c := &i.Commands[n]; {
		case builders[c.Name()] != "":
			building = true
		case c.Name() == "chmod" && builders[path.Base(c.Text(2))] != "":
			building = true
		case !slices.Contains([]string{"cd", "set", "echo", "ls", "true", "rm"}, c.Name()):
			return false
		}
	}
	return building
}

// fileWord is a word that names a file of the folder in which a command runs.
var fileWord = regexp.MustCompile(`^\.\.?/|^[^/]+/|\.(?:sh|py|jar|conf|ya?ml|properties|json|xml|sql|whl|zip|egg|csv|txt)$`)

// usesSources says that the image uses files that come with the sources of a build, and not from the build.
func (b *build) usesSources(s *dockerfile.Stage, at int, dir, output string, brings []string) bool {
	uses := func(word string) bool {
		word = strings.Trim(strings.TrimPrefix(word, "local://"), `"'`)
		if strings.Contains(word, output) || strings.HasPrefix(word, "-") || strings.Contains(word, "://") {
			return false
		}
		if !strings.HasPrefix(word, "/") {
			if !fileWord.MatchString(word) {
				return false
			}
			word = path.Join("/", dir, word)
		}
		return slices.ContainsFunc(brings, func(to string) bool { return below(word, to) })
	}
	for n, i := range s.Instructions {
		switch {
		case i.Keyword == "run" && n > at:
			if i.Unread != "" || i.Heredoc {
				return true
			}
			for k := range i.Commands {
				if slices.ContainsFunc(i.Commands[k].Operands(1), func(w dockerfile.Word) bool { return uses(b.Expand(w.Text, i)) }) {
					return true
				}
			}
		case slices.Contains([]string{"cmd", "entrypoint", "env", "healthcheck", "onbuild"}, i.Keyword):
			for _, arg := range i.Args {
				if slices.ContainsFunc(strings.Fields(arg), uses) {
					return true
				}
			}
		}
	}
	return false
}

// stageMark stands for the name of the new stage until that is chosen.
const stageMark = "\x00stage"

// results are the places behind a build where its files are used: a copy within the image becomes one from the stage, and what a command
// of the image names is copied where it is.
func (b *build) results(s *dockerfile.Stage, at int, dir, output string) (changes []dockerfile.Change, copies []string, found bool) {
	whole := func(path string) string {
		if strings.HasPrefix(path, "/") {
			return path
		}
		return strings.TrimSuffix(dir, "/") + "/" + strings.TrimPrefix(path, "./")
	}
	needed := map[string]bool{}
	for _, i := range s.Instructions[at+1:] {
		switch i.Keyword {
		case "run":
			for n := range i.Commands {
				c := &i.Commands[n]
				if !slices.ContainsFunc(c.Words, func(w dockerfile.Word) bool { return strings.Contains(w.Text, output) }) {
					continue
				}
				operands := c.Operands(1)
				if c.Name() != "cp" && c.Name() != "mv" || len(i.Commands) != 1 || !c.Separate || len(operands) != 2 || len(c.Words) != 3 {
					return nil, nil, false
				}
				to := operands[1].Text
				changes = append(changes, dockerfile.Change{First: i.First, Last: i.Last, Lines: []string{"COPY --from=" + stageMark + " " + whole(b.Expand(operands[0].Text, i)) + " " + to}})
				found = true
			}
		case "cmd", "entrypoint", "env":
			for _, arg := range i.Args {
				for _, word := range strings.Fields(arg) {
					word = strings.Trim(strings.TrimPrefix(word, "local://"), `"'`)
					if strings.Contains(word, output) && !strings.ContainsAny(word, "*?$") {
						needed[whole(word)] = true
					}
				}
			}
		}
	}
	for path := range needed {
		copies, found = append(copies, "COPY --from="+stageMark+" "+path+" "+path), true
	}
	slices.Sort(copies)
	// What of the build is copied into the image in the RUN itself is not known.
	last := s.Instructions[at]
	if slices.ContainsFunc(last.Commands, func(c dockerfile.Command) bool { return c.Name() == "cp" || c.Name() == "mv" || c.Name() == "install" }) {
		return nil, nil, false
	}
	return changes, copies, found
}

// sources says that a COPY brings what a build reads: the folder of the build, or sources and build files.
func sources(i *dockerfile.Instruction) bool {
	return i.Flag("from") == "" && !slices.ContainsFunc(i.Sources(), func(source string) bool {
		return !slices.Contains([]string{".", "./", "src", "src/", "./src", "project", "project/", "build.sbt", "pom.xml", "build.gradle", "build.gradle.kts", "settings.gradle", "gradle", "gradlew", "mvnw", ".mvn", "*.sbt"}, source)
	})
}

func copiesSources(i *dockerfile.Instruction) bool {
	return slices.ContainsFunc(i.Commands, func(c dockerfile.Command) bool { return c.Name() == "git" && c.Has("clone") })
}

// toolPackages are those that only builds need.
var toolPackages = regexp.MustCompile(`^(?:maven|sbt|gradle|gcc|g\+\+|make|cmake|build-essential|git|git-core|gcc-c\+\+|python3?-dev|python3-devel|build-base|autoconf|automake|libtool|clang|rustc|cargo|golang|nodejs|npm|vim|nano|emacs|strace|gdb)(?:[=~<>-][0-9].*)?$`)

// toolsOnly says that a RUN installs nothing but tools for the build.
func toolsOnly(i *dockerfile.Instruction) bool {
	installs := false
	for n := range i.Commands {
		c := &i.Commands[n]
		if !slices.Contains([]string{"apt-get", "apt", "apk", "yum", "dnf", "microdnf", "rm", "set", "true", "echo"}, c.Name()) {
			return false
		}
		for _, w := range packages(c, "install", "add") {
			if installs = true; !toolPackages.MatchString(w.Text) {
				return false
			}
		}
	}
	return installs
}

// jdk finds a JDK in the image.
func (b *build) jdk() {
	chain := b.Final()
	of := baseOf(b.Image(b.Last()))
	compiles := slices.ContainsFunc(b.FinalInstructions(), func(i *dockerfile.Instruction) bool {
		return builds(i) != nil || slices.ContainsFunc(i.Commands, func(c dockerfile.Command) bool {
			return c.Name() == "javac" || c.Name() == "jlink" || c.Name() == "jar"
		})
	})
	if of.jdk && of.build == "" && !compiles {
		f := finding{at: chain[0].From.Start(), level: rule.Advice, message: "the image begins from %s, a JDK; Spark needs a JRE", args: []any{chain[0].Base}, summary: "begin from a JRE, as eclipse-temurin:17-jre"}
		if of.name == "eclipse-temurin" && !of.digest {
			tag := strings.Replace(of.tag, "-jdk", "-jre", 1)
			if tag == of.tag {
				m := javaTag.FindStringSubmatch(of.tag)
				if m != nil {
					head, tail, dash := strings.Cut(of.tag, "-")
					if tag = head + "-jre"; dash {
						tag += "-" + tail
					}
				}
			}
			if tag != of.tag {
				f.changes, f.summary = b.inLine(chain[0].From, of.repository+":"+of.tag, of.repository+":"+tag), "begin from "+of.repository+":"+tag
			}
			if slices.ContainsFunc(b.Stages, func(s *dockerfile.Stage) bool { return b.Below(s) == chain[0] && !slices.Contains(chain, s) }) {
				f.changes, f.summary = nil, f.summary+"; another stage begins from this one and may need the JDK"
			}
		}
		if b.mentions(nil, jdkTool) {
			f.changes, f.summary = nil, f.summary+"; a program that only a JDK has is used"
		}
		b.report(f)
	}
	b.runs(func(i *dockerfile.Instruction, c *dockerfile.Command) {
		for _, w := range packages(c, "install", "add") {
			if m := jdkPackage.FindStringSubmatch(w.Text); m != nil && !compiles {
				jre := strings.NewReplacer("-jdk-headless", "-jre-headless", "-jdk", "-jre-headless", "-devel", "-headless").Replace(w.Text)
				f := finding{at: w.Start, level: rule.Advice, message: "package %s is a JDK; Spark needs a JRE", args: []any{w.Text}, summary: "install " + jre}
				if !strings.Contains(w.Text, "=") && !b.mentions(nil, jdkTool) {
					f.changes = b.replaced(w, jre)
				}
				b.report(f)
			}
		}
	})
}

// jdkTool are programs that a JRE does not have.
var jdkTool = regexp.MustCompile(`(?:^|[\s/"'=;&|(])(?:javac|jlink|jps|jcmd|jstack|jmap|jstat|jinfo|jdeps|jhsdb)(?:$|[\s"',;&|)])`)

var jdkPackage = regexp.MustCompile(`^(?:openjdk-?[0-9]+-jdk(?:-headless)?|java-(?:1\.8\.0|[0-9]+)-(?:openjdk|amazon-corretto)-devel)(?:=.*)?$`)

// tools finds packages that only a build needs. One that nothing in the image's stages runs goes away.
func (b *build) tools() {
	used := map[string]bool{}
	mayCompile := false
	b.runs(func(i *dockerfile.Instruction, c *dockerfile.Command) {
		used[c.Name()] = true
		_, pip := isPip(c)
		mayCompile = mayCompile || pip || c.Name() == "configure" || c.Name() == "R" || c.Name() == "Rscript" || c.Name() == "npm" || builds(i) != nil
	})
	b.runs(func(i *dockerfile.Instruction, c *dockerfile.Command) {
		var needed, idle, unknown []dockerfile.Word // by whether something may run them
		all := packages(c, "install", "add")
		for _, w := range all {
			name, _, _ := strings.Cut(w.Text, "=")
			switch runs := used[name] || name == "maven" && used["mvn"] || name == "nodejs" && used["node"] || name == "build-essential" && (used["make"] || used["gcc"]); {
			case !toolPackages.MatchString(w.Text) || removed(i, []dockerfile.Word{w}):
			case runs || mayCompile && !editor.MatchString(w.Text):
				needed = append(needed, w)
			case editor.MatchString(w.Text):
				idle = append(idle, w)
			default:
				unknown = append(unknown, w)
			}
		}
		if len(needed) > 0 {
			b.report(finding{at: needed[0].Start, message: "the image gets tools that only a build needs: %s", args: []any{listed(needed)}, summary: "install them in a stage that builds, and copy its result"})
		}
		if len(unknown) > 0 {
			b.report(finding{at: unknown[0].Start, message: "the image gets tools that no RUN of it uses: %s", args: []any{listed(unknown)}, summary: "remove " + listed(unknown) + ", if the application does not run them"})
		}
		if len(idle) > 0 {
			f := finding{at: idle[0].Start, message: "the image gets tools that nothing in it runs: %s", args: []any{listed(idle)}, summary: "remove " + listed(idle)}
			if len(idle) < len(all) {
				f.changes = b.Spliced(b.WithoutWords(c, func(w dockerfile.Word) bool { return slices.Contains(idle, w) })...)
			}
			b.report(f)
		}
	})
}

// editor are tools that people run, and no build.
var editor = regexp.MustCompile(`^(?:vim|nano|emacs|strace|gdb)(?:=.*)?$`)

// listed are words for a sentence.
func listed(words []dockerfile.Word) string {
	names := make([]string, len(words))
	for n, w := range words {
		names[n] = w.Text
	}
	return strings.Join(names, ", ")
}

// removed says that the RUN which installs packages removes them, too.
func removed(i *dockerfile.Instruction, words []dockerfile.Word) bool {
	return slices.ContainsFunc(i.Commands, func(c dockerfile.Command) bool {
		return c.Has("purge", "remove", "del", "erase") && slices.ContainsFunc(words, func(w dockerfile.Word) bool { return c.Has(w.Text) })
	})
}
