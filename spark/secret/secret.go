// Package secret tells secrets from other values, once for all: the rule that finds them in clear, what masks them in reports
// and in files, and what keeps them off a terminal. Start reading at Of, then at HideText.
package secret

import (
	"slices"
	"strings"
	"unicode"
)

// Secrecy says how much a value that stands in clear gives away.
type Secrecy int8

// The degrees.
const (
	Public Secrecy = iota
	KeyID          // the id of a static cloud key: it opens nothing alone, and shows that a static key is used
	Secret
)

// shape is a form of secrets, and what all of them hold: it is looked for first, which is faster.
type shape struct {
	form  *expression
	what  string
	holds needs
}

// needs are texts in lower case: of each list one is held by all texts of a form.
type needs [][]string

// holding reads needs: lists parted by ∧, of texts parted by ∨.
func holding(parts string) (all needs) {
	for part := range strings.SplitSeq(parts, "∧") {
		all = append(all, strings.Split(part, "∨"))
	}
	return all
}

// in says whether a text in lower case holds them.
func (n needs) in(lower string) bool {
	for _, list := range n {
		if !slices.ContainsFunc(list, func(part string) bool { return strings.Contains(lower, part) }) {
			return false
		}
	}
	return true
}

// maxSecretName bounds the names that are looked at; longer ones are public.
const maxSecretName = 1024

// Forms of values.
var (
	classNames = pattern(`^([a-z_][\w$]*\.)+[A-Z][\w$]*(\s*,\s*([a-z_][\w$]*\.)+[A-Z][\w$]*)*$`)
	// A lower-case name that speaks of a secret: my-app-secret, s3-credentials.
	plainName = pattern(`^[a-z0-9]+([-_./:][a-z0-9]+)+$`)
	// Access keys of AWS are 40 of these, whatever words they happen to hold.
	awsSecret  = pattern(`^[A-Za-z0-9+/]{40}$`)
	secretWord = pattern(`secret|credential|token|passw|key`)
	number     = pattern(`^[0-9]+(\.[0-9]+)?[a-zA-Z]{0,3}$`)
	// The key of an Iceberg catalog that holds id and secret.
	catalogCredential = pattern(`^spark\.sql\.catalog\.[^.]+\.(oauth\.)?credential$`)
	// The JDK's own trust store, of public certificates, has a password that everyone knows.
	trustStore = pattern(`(?i)trust[._-]?store[._-]?password$`)
	awsKeyID   = pattern(`\b(AKIA|ASIA)[A-Z0-9]{16}\b`)

	secretShapes = []shape{
		{pattern(`-----BEGIN [A-Z ]*PRIVATE KEY-----`), "a private key", holding("private key")},
		{pattern(`\bgh[pousr]_[A-Za-z0-9]{36}\b`), "a GitHub token", holding("ghp_∨gho_∨ghu_∨ghs_∨ghr_")},
		{pattern(`\bdapi[0-9a-f]{32}(-[0-9]+)?\b`), "a Databricks token", holding("dapi")},
		{pattern(`\bAIza[0-9A-Za-z_-]{35}\b`), "a Google API key", holding("aiza")},
		{pattern(`\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}`), "a signed token (JWT)", holding("eyj")},
		{pattern(`\bAccountKey=[A-Za-z0-9+/]{40,}`), "a storage account's key", holding("accountkey=")},
		{pattern(`\bsv=[0-9-]{10}&.*\bsig=[A-Za-z0-9%+/]{20,}|\bsig=[A-Za-z0-9%+/]{20,}.*&sv=[0-9-]{10}`), "a shared access signature", holding("sig=∧sv=")},
	}
	// A password within a URL: user:password@host, or a parameter of a JDBC URL.
	urlPasswords = []*expression{
		pattern(`^[a-z][a-z0-9+.:-]*://[^/\s:@?]*:([^/\s@?]+)@`),
		pattern(`(?i)[?&;](?:password|passwd|pwd)=([^&;\s]+)`),
	}
)

// Of says whether a value is a secret in clear, by the name that it stands under and by its shape, and what it
// is in a few words. Names are configuration keys, environment variables and parameters. What only leads to a secret
// is public: variables, templates, paths, URLs, providers, aliases, names of Kubernetes Secrets; so are values that are
// wholly stand-ins (<token>, xxxx). In doubt a value is public.
func Of(name, value string) (what string, degree Secrecy) {
	value = strings.TrimSpace(value)
	if value == "" || len(name) > maxSecretName || strings.HasPrefix(name, "_SPARK_") {
		return "", Public // Spark's own, which it makes for executors
	}
	if what, degree = secretShape(value); degree != Public {
		return what, degree
	}
	return secretNamed(name, value)
}

// secretNamed is Of by the name alone, of a value without blanks around it.
func secretNamed(name, value string) (what string, degree Secrecy) {
	if value == "" || len(name) > maxSecretName || refersToSecret(name) {
		return "", Public
	}
	noun, _, ok := nounOf(name)
	ok = ok && noun.what != ""
	if ok && noun.what == "a secret key" && generated(value) && !standIn(value) {
		return noun.what, Secret
	}
	if _, secret, pair := strings.Cut(value, ":"); pair && catalogCredential.MatchString(name) && !refers(value) {
		value = secret // of an Iceberg catalog: id:secret
	}
	if !ok || leads(value) || standIn(value) || value == "changeit" && trustStore.MatchString(name) {
		return "", Public
	}
	if numeric(value) && !strings.HasPrefix(noun.what, "a pass") || noun.shaped && !random(value) {
		return "", Public
	}
	return noun.what, Secret
}

// refersToSecret tells keys of spark.kubernetes that name Secrets (secretKeyRef, secrets, volumes) and their like: their
// values are no secrets, unless they look like one.
func refersToSecret(name string) bool {
	rest, ok := strings.CutPrefix(name, "spark.kubernetes.")
	return ok && !strings.HasPrefix(rest, "driverEnv.") && !strings.HasSuffix(rest, ".oauthToken")
}

// generated says that a value is an access key of AWS by its shape: no name mixes cases and digits so.
func generated(value string) bool {
	return awsSecret.MatchString(value) && strings.ContainsFunc(value, unicode.IsUpper) && strings.ContainsFunc(value, unicode.IsLower) && random(value)
}

// leads says that a value is no secret but the way to one, or a setting.
func leads(value string) bool {
	if lower := strings.ToLower(value); plainName.MatchString(lower) && secretWord.MatchString(lower) {
		return true // a name
	}
	return value != "" && refers(value)
}

// refers is leads for whatever is no plain name.
func refers(value string) bool {
	lower := strings.ToLower(value)
	switch {
	case strings.Contains(value, "${"), strings.Contains(value, "$("), strings.Contains(value, "{{"), value[0] == '$', value[0] == '%':
		return true // a variable or a template
	case value[0] == '/', strings.HasPrefix(value, "./"), strings.Contains(value, "://"), strings.HasPrefix(lower, "arn:"):
		return true // a path, a URL, a cloud resource
	case slices.Contains([]string{"true", "false", "none", "null", "nil", "default", "auto", "required", "optional", "disabled", "enabled"}, lower):
		return true
	}
	for _, scheme := range [...]string{"file:", "local:", "env:", "vault:", "sys:", "ref:", "k8s:", "secret:", "enc(", "enc[", "sops"} {
		if strings.HasPrefix(lower, scheme) {
			return true
		}
	}
	return classNames.MatchString(value)
}

// standIn says that all of a value only holds the place of one: marks, words in brackets, words that ask for a value. A default
// password in use (changeme) is a secret, and a weak one.
func standIn(value string) bool {
	lower := strings.ToLower(value)
	switch {
	case len(value) < 4, value == Masked, strings.Trim(lower, "x*.-_") == "", strings.Trim(lower, "*()[]<>_-") == "redacted":
		return true
	case bracketed.MatchString(value):
		inner := value[1 : len(value)-1]
		return !random(inner) || leads(inner)
	}
	asks := false
	for _, word := range nameWords(value[:min(len(value), maxSecretName)]) {
		if !askingWords[word] && !askedWords[word] {
			return false
		}
		asks = asks || askingWords[word]
	}
	return asks
}

var (
	bracketed = pattern(`^(?:<[\w .-]+>|\[[\w .-]+\])$`)
	// Words that ask for a value, and words for what they ask.
	askingWords = words("your placeholder replace replaceme todo fixme insert enter")
	askedWords  = words("my the a an with by here in value password passwd passphrase pass pwd secret key token access api account client id credential credentials real actual own db database user username name s3 aws azure goes and or me this")
)

func numeric(value string) bool { return number.MatchString(value) }

// random says that a value looks like something generated: eight runes at least, letters and digits mixed, no blanks.
func random(value string) bool {
	letter, digit := strings.ContainsFunc(value, unicode.IsLetter), strings.ContainsFunc(value, unicode.IsDigit)
	return len(value) >= 8 && letter && digit && !strings.ContainsFunc(value, unicode.IsSpace)
}

// secretShape tells values that are secrets whatever they are called.
func secretShape(value string) (what string, degree Secrecy) {
	lower := strings.ToLower(value)
	for _, shape := range secretShapes {
		if shape.holds.in(lower) && shape.form.MatchString(value) {
			return shape.what, Secret
		}
	}
	for _, form := range urlPasswords {
		if m := form.FindStringSubmatch(value); m != nil && !leads(m[1]) && !standIn(m[1]) && !strings.HasPrefix(m[1], Masked) {
			return "a password within a URL", Secret
		}
	}
	if strings.Contains(value, "AKIA") || strings.Contains(value, "ASIA") {
		if slices.ContainsFunc(awsKeyID.FindAllString(value, -1), func(id string) bool { return !standIn(id) }) {
			return "the id of a static AWS key", KeyID
		}
	}
	return "", Public
}
