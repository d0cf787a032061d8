package model

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Bounds of the files whose content is read.
const (
	maxText  = 256 << 10 // of one
	maxTexts = 256       // of all layers
)

// Wanted is how many bytes of a file's content facts are read from; 0: its name and size are enough.
func (t *Tree) Wanted(p string, size int64, c *Config) int64 {
	name := p[strings.LastIndexByte(p, '/')+1:]
	if size <= 0 || len(t.texts) >= maxTexts || name != "passwd" && name != "os-release" && name != "release" && name != "RELEASE" && !strings.HasSuffix(name, ".sh") {
		return 0
	}
	p = strings.TrimPrefix(path.Clean("/"+p), "/")
	base := path.Base(p)
	switch {
	case p == "etc/passwd", p == "etc/os-release", p == "usr/lib/os-release", base == "release" && size < 16<<10, base == "RELEASE" && size < 16<<10,
		base == "entrypoint.sh" && size <= maxText, c != nil && len(c.Entrypoint) > 0 && p == strings.TrimPrefix(c.Entrypoint[0], "/") && strings.HasSuffix(p, ".sh"):
		return min(size, maxText)
	}
	return 0
}

// found is what a walk over all files finds.
type found struct {
	sparkHomes, javaHomes []string
	facts                 Facts
	open                  []string // facts that the files do not decide, though they were read: no name or variable does
	python                []string
	jars                  []jarFile
}

type jarFile struct {
	path string
	size int64
	name []string // its name by jarVersion; nil where it has no version
}

var (
	sparkCore  = regexp.MustCompile(`^spark-core_[0-9.]+-([0-9][^/]*)\.jar$`)
	pythonExe  = regexp.MustCompile(`^python(3\.[0-9]+)$`)
	jarVersion = regexp.MustCompile(`^(.+?)-([0-9]+(?:[._][0-9]+)*(?:[.-](?:Final|RELEASE|GA|jre|android|incubating|SNAPSHOT|M[0-9]+|rc[0-9]+|beta[0-9]*|alpha[0-9]*|v[0-9]+|[0-9]+))*)([.-][A-Za-z0-9_.-]+)?\.jar$`)
)

// jarFacts are the artifacts whose version is a fact.
var jarFacts = map[string]string{
	"hadoop-client-api": Hadoop, "hadoop-common": Hadoop, "hadoop-aws": HadoopAWS, "hadoop-azure": HadoopAzure, "aws-java-sdk-bundle": AWSSDKv1, "aws-java-sdk-core": AWSSDKv1,
	"bundle": AWSSDKv2, "sdk-core": AWSSDKv2, "gcs-connector": GCSConnector, "gcs-connector-hadoop3": GCSConnector, "jmx_prometheus_javaagent": JMXExporter,
}

// look walks over all files once.
func (t *Tree) look() *found {
	if t.seen != nil {
		one := *t.seen
		return &one
	}
	f, releases := &found{}, 0
	t.walk(func(p string, n *node) {
		if n.kind != File && n.kind != HardLink && n.kind != Symlink {
			return
		}
		dir, base := path.Split(p)
		switch {
		case n.kind == Symlink:
		case base == "release":
			if releases++; releases <= maxTexts && t.java(strings.TrimSuffix(dir, "/")) {
				f.javaHomes = append(f.javaHomes, strings.TrimSuffix(dir, "/"))
			}
		case strings.HasSuffix(base, ".jar"):
			f.jars = append(f.jars, jarFile{p, n.size, jarVersion.FindStringSubmatch(base)})
			if strings.HasPrefix(base, "spark-core_") && strings.HasSuffix(dir, "/jars/") && sparkCore.MatchString(base) {
				f.sparkHomes = append(f.sparkHomes, strings.TrimSuffix(dir, "/jars/"))
			}
		}
		if strings.HasPrefix(base, "python3.") && pythonExe.MatchString(base) && strings.HasSuffix(dir, "bin/") {
			f.python = append(f.python, p)
		}
	})
	t.seen = f
	one := *f
	return &one
}

// java says that a folder holds a Java.
func (t *Tree) java(home string) bool {
	n := t.find(home + "/bin/java")
	return n != nil && (n.kind == File || n.kind == HardLink)
}

// Facts are what the files of all layers say, and of what else is said what they do not contradict.
func (t *Tree) Facts(c *Config, said Facts) Facts {
	f := t.look()
	t.user(f, c)
	t.javaFacts(f, c)
	t.sparkFacts(f, c)
	t.entrypoint(f, c)
	t.passwd(f, c)
	t.rest(f, c)
	return f.facts.Over(slices.DeleteFunc(slices.Clone(said), func(s Fact) bool { return s.From != fromLabel && slices.Contains(f.open, s.Name) }))
}

// user finds the number of a user that the configuration names.
func (t *Tree) user(f *found, c *Config) {
	name, _, _ := strings.Cut(c.User, ":")
	if _, err := strconv.ParseInt(name, 10, 64); name == "" || err == nil {
		return // the configuration says it
	}
	for _, u := range t.users() {
		if u.name == name {
			f.facts.know(UID, strconv.FormatInt(u.uid, 10), passwdFile+"user "+name)
		}
	}
}

type user struct {
	name string
	uid  int64
}

// users are those of /etc/passwd.
func (t *Tree) users() (all []user) {
	for line := range strings.Lines(t.content(t.find("etc/passwd"))) {
		if fields := strings.Split(line, ":"); len(fields) >= 4 {
			if uid, err := strconv.ParseInt(fields[2], 10, 64); err == nil && validUID(uid) {
				all = append(all, user{fields[0], uid})
			}
		}
	}
	return all
}

// value is what a file of lines NAME=value has for a name.
func value(text, name string) string {
	for line := range strings.Lines(text) {
		if key, v, ok := strings.Cut(strings.TrimSpace(line), "="); ok && key == name {
			return strings.Trim(v, `"'`)
		}
	}
	return ""
}

// javaFacts are of the Java that Spark starts: JAVA_HOME, else java on the PATH, else the only one that there is.
func (t *Tree) javaFacts(f *found, c *Config) {
	var home *node
	if named := c.env("JAVA_HOME"); named != "" {
		home = t.find(named)
	} else {
		for dir := range strings.SplitSeq(c.path(), ":") {
			if exe := t.find(dir + "/java"); exe != nil && exe.parent != nil {
				home = exe.parent.parent
				break
			}
		}
		if home == nil && len(f.javaHomes) == 1 {
			home = t.find(f.javaHomes[0])
		}
	}
	if home == nil || !t.java(home.path()) {
		f.open = append(f.open, Java, JavaVersion, JavaHome)
		return
	}
	if home.name == "jre" && t.find(home.path()+"/release") == nil && t.java(home.parent.path()) { // of a JDK 8
		home = home.parent
	}
	text, from := t.content(t.find(home.path()+"/release")), home.path()+"/release"
	version := value(text, "JAVA_VERSION")
	if major := javaMajor(version); major > 0 {
		f.facts.know(Java, strconv.Itoa(major), from)
		f.facts.know(JavaVersion, version, from)
		f.facts.know(JavaHome, home.path(), from)
	}
	switch value(text, "LIBC") {
	case "gnu":
		f.facts.know(Libc, "glibc", from)
	case "musl":
		f.facts.know(Libc, "musl", from)
	}
	if text == "" && c.env("JAVA_HOME") == "" { // java on the PATH may be a script that starts another
		return
	}
	kind := "JRE"
	if t.find(home.path()+"/bin/javac") != nil {
		kind = "JDK"
	}
	f.facts.know(JavaKind, kind, home.path()+"/bin")
}

// sparkFacts are of SPARK_HOME, else of the only Spark that there is.
func (t *Tree) sparkFacts(f *found, c *Config) {
	home := ""
	if n := t.find(c.env("SPARK_HOME")); n != nil && c.env("SPARK_HOME") != "" {
		home = strings.TrimPrefix(n.path(), "/")
	} else if len(f.sparkHomes) == 1 {
		home = f.sparkHomes[0]
	}
	if home == "" {
		return
	}
	cores := 0
	for _, jar := range f.jars {
		if rest, in := strings.CutPrefix(jar.path, home+"/jars/"); !in || !strings.HasPrefix(rest, "spark-core_") {
			continue
		} else if m := sparkCore.FindStringSubmatch(rest); m != nil {
			if cores++; cores == 1 {
				f.facts.know(Spark, m[1], "/"+jar.path)
			}
		}
	}
	if cores > 1 { // which one runs is not certain
		f.facts, f.open = withoutFact(f.facts, Spark), append(f.open, Spark)
	}
	if words := strings.Fields(t.content(t.find(home + "/RELEASE"))); cores == 0 && len(words) > 1 && words[0] == "Spark" {
		f.facts.know(Spark, words[1], "/"+home+"/RELEASE")
	}
	if f.facts.Value(Spark) != "" {
		f.facts.know(SparkHome, "/"+home, "SPARK_HOME, or where the jars are")
	}
}

func withoutFact(facts Facts, name string) (kept Facts) {
	for _, f := range facts {
		if f.Name != name {
			kept = append(kept, f)
		}
	}
	return kept
}

// entrypoint tells Spark's own scripts from another by what they do with an executor's options.
func (t *Tree) entrypoint(f *found, c *Config) {
	script := t.script(c)
	text := t.content(script)
	if text == "" {
		return
	}
	switch {
	case strings.HasPrefix(script.path(), "/opt/bitnami/scripts/spark/"):
		f.facts.know(Entrypoint, "bitnami", script.path())
	case !strings.Contains(text, "driver)") || !strings.Contains(text, "executor)"):
	case strings.Contains(text, "!SPARK_JAVA_OPT_@"):
		f.facts.know(Entrypoint, "spark-docker", script.path())
	case strings.Contains(text, "SPARK_JAVA_OPT_") && strings.Contains(text, "sort -t_ -k4 -n"):
		f.facts.know(Entrypoint, "spark", script.path())
	}
	if f.facts.Value(Entrypoint) == "" {
		f.open = append(f.open, Entrypoint)
	}
}

// script is the entrypoint's file.
func (t *Tree) script(c *Config) *node {
	for _, word := range c.Entrypoint {
		if strings.HasSuffix(word, ".sh") && strings.HasPrefix(word, "/") {
			return t.find(word)
		}
	}
	return nil
}

// passwd says whether the user has a name: in /etc/passwd, or because the entrypoint makes one up.
func (t *Tree) passwd(f *found, c *Config) {
	uid, err := strconv.ParseInt(f.facts.Over(c.Facts()).Value(UID), 10, 64)
	if err != nil {
		return
	}
	file := t.find("etc/passwd")
	for _, u := range t.users() {
		if u.uid == uid {
			f.facts.know(Passwd, "true", passwdFile+"user "+u.name)
			return
		}
	}
	script := t.script(c)
	text := t.content(script)
	switch {
	case strings.Contains(text, ">> /etc/passwd") && file != nil && file.mode&0o020 != 0:
		f.facts.know(Passwd, "true", script.path()+", which adds an entry to /etc/passwd")
	case strings.Contains(text, "NSS_WRAPPER_PASSWD") && t.wrapper():
		f.facts.know(Passwd, "true", script.path()+", by libnss_wrapper.so")
	case file == nil:
		f.facts.know(Passwd, "false", "no file /etc/passwd")
	case file.kind == File && t.content(file) != "" && file.size <= maxText:
		f.facts.know(Passwd, "false", passwdFile+"no entry for uid "+strconv.FormatInt(uid, 10))
	}
}

// python is the python3 on the PATH, else the only one that there is.
func (t *Tree) python(f *found, c *Config) {
	for dir := range strings.SplitSeq(c.path(), ":") {
		if exe := t.find(dir + "/python3"); exe != nil {
			if m := pythonExe.FindStringSubmatch(exe.name); m != nil {
				f.facts.know(Python, m[1], exe.path())
			}
			return
		}
	}
	if len(f.python) == 1 {
		f.facts.know(Python, strings.TrimPrefix(path.Base(f.python[0]), "python"), "/"+f.python[0])
	}
}

// wrapper says that the library is there by which entrypoints make up a user's name.
func (t *Tree) wrapper() bool {
	for _, lib := range []string{"usr/lib", "lib", "usr/lib64", "lib64"} {
		dir := t.find(lib)
		if dir == nil {
			continue
		}
		if t.find(lib+"/libnss_wrapper.so") != nil {
			return true
		}
		for name, child := range dir.children {
			if child.alive && t.find(lib+"/"+name+"/libnss_wrapper.so") != nil {
				return true
			}
		}
	}
	return false
}

// rest are facts that no edit needs, and the C library where Java does not say it.
func (t *Tree) rest(f *found, c *Config) {
	glibc, musl := "", ""
	for _, lib := range []string{"lib", "lib64", "usr/lib", "usr/lib64"} {
		dir := t.find(lib)
		if dir == nil {
			continue
		}
		for name, child := range dir.children {
			switch {
			case !child.alive:
			case strings.HasPrefix(name, "ld-musl-"):
				musl = dir.path() + "/" + name
			case strings.HasPrefix(name, "ld-linux"):
				glibc = dir.path() + "/" + name
			}
		}
	}
	switch {
	case glibc != "" && musl != "": // it depends on the program
		f.open = append(f.open, Libc)
	case musl != "":
		f.facts.know(Libc, "musl", musl)
	case glibc != "":
		f.facts.know(Libc, "glibc", glibc)
	}
	for _, place := range []string{"etc/os-release", "usr/lib/os-release"} {
		f.facts.know(System, value(t.content(t.find(place)), "PRETTY_NAME"), "/"+place)
	}
	t.python(f, c)
	home := strings.TrimPrefix(f.facts.Value(SparkHome), "/")
	for _, jar := range f.jars {
		m := jar.name
		if m == nil {
			continue
		}
		name := jarFacts[m[1]]
		if name == JMXExporter || name != "" && home != "" && strings.HasPrefix(jar.path, home+"/jars/") {
			f.facts.know(name, m[2], "/"+jar.path)
		}
	}
	decom := t.find("opt/decom.sh")
	f.facts.know(Decommission, presence(decom), "/opt/decom.sh")
	ps, at := (*node)(nil), ""
	for dir := range strings.SplitSeq(c.path(), ":") {
		if n := t.find(dir + "/ps"); n != nil && ps == nil {
			ps, at = n, dir+"/ps"
		}
	}
	if at == "" {
		at = "PATH"
	}
	f.facts.know(PS, presence(ps), at)
	f.facts.know(JMXExporter, Absent, "no jmx_prometheus_javaagent-*.jar")
}

func presence(n *node) string {
	if n == nil {
		return Absent
	}
	return "present"
}
