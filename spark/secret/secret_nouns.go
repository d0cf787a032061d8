package secret

import (
	"slices"
	"strings"
	"unicode"
)

// noun is what a name ends in when it names a secret. What is found and what is masked go by one table, in which longer ones stand
// before shorter.
type noun struct {
	words    string
	what     string // what a finding calls it; "" where values are only masked
	shaped   bool   // a finding only with a value that looks random: such names also stand for other things
	joined   bool   // also within a word: dbpassword, githubtoken
	doubtful bool   // masked only with a value that looks generated
}

var nouns = []noun{
	{words: "secret access key", what: "a secret key", joined: true}, {words: "access key secret", what: "a secret key", joined: true}, {words: "secret key", what: "a secret key", joined: true},
	{words: "authenticate secret", what: "Spark's authentication secret"}, {words: "client secret", what: "a client secret", joined: true}, {words: "account key", what: "a storage account's key", joined: true},
	{words: "password", what: "a password", joined: true}, {words: "passwd", what: "a password", joined: true}, {words: "passphrase", what: "a passphrase", joined: true}, {words: "passcode", joined: true},
	{words: "passwords", joined: true}, {words: "passwort", joined: true}, {words: "passphrases"}, {words: "storepass", joined: true}, {words: "keypass", joined: true}, {words: "requirepass"}, {words: "masterauth"},
	{words: "pwd", what: "a password"}, {words: "auth pass", what: "a password"}, {words: "db pass", what: "a password"}, {words: "pass"}, {words: "pw"},
	{words: "secret", what: "a secret", shaped: true, joined: true}, {words: "token", what: "a token", shaped: true, joined: true}, {words: "api key", what: "an API key", shaped: true, joined: true},
	{words: "private key", what: "a private key", shaped: true, joined: true},
	{words: "credential", what: "a credential", shaped: true, joined: true}, {words: "credentials", what: "a credential", shaped: true, joined: true}, {words: "cred"}, {words: "creds"},
	{words: "shared access key"}, {words: "access key", joined: true}, {words: "shared key", joined: true}, {words: "auth key", joined: true}, {words: "master key"}, {words: "signing key"}, {words: "encryption key"},
	{words: "session key"}, {words: "license key"}, {words: "service key"}, {words: "storage key"}, {words: "app key"}, {words: "subscription key"}, {words: "functions key"}, {words: "fernet key"}, {words: "hmac key"},
	{words: "authorization"}, {words: "bearer"}, {words: "jwt"}, {words: "cookie"}, {words: "sas"}, {words: "sig"}, {words: "otp"}, {words: "pat"}, {words: "jsessionid"}, {words: "phpsessid"},
	{words: "rediscli auth"}, {words: "otlp headers"}, {words: "assertion"},
	{words: "key", doubtful: true}, {words: "auth", doubtful: true}, {words: "signature", doubtful: true}, {words: "salt", doubtful: true}, {words: "session", doubtful: true}, {words: "cookies", doubtful: true}, {words: "dsn", doubtful: true}, {words: "keytab", doubtful: true},
}

var (
	// Letters of which each name of a secret has some.
	nounLetters = []string{"secret", "key", "pass", "pwd", "token", "cred", "auth", "sig", "sas", "cookie", "bearer", "jwt", "salt", "otp", "dsn", "session", "pw", "pat", "sess", "otlp", "assertion"}
	// The nouns by their words, behind a blank and joined.
	spacedNouns, joinedNouns, closedWords = nounForms()
	// Words behind a noun that change nothing: DB_PASSWORD_OLD, token.value.
	tailWords = map[string]bool{"old": true, "new": true, "prod": true, "dev": true, "test": true, "staging": true, "primary": true, "secondary": true, "backup": true, "base": true, "base64": true, "b64": true,
		"value": true, "default": true, "plain": true, "text": true, "plaintext": true, "raw": true, "string": true, "data": true}
	// Words behind a noun that make the name one of something public: tokenFile, secretName.
	publicTails = words(`file files path dir directory folder name names type provider providers class classname enabled disabled length size bits url uri endpoint host port ref refs alias ttl expiry
		expiration expires timeout interval renewal renew algorithm regex pattern header issuer audience mechanism mode version namespace store service mount volume yaml yml properties conf xml txt sh lifetime seconds period duration
		ms count limit max min format location bucket selector`)
)

func nounForms() (spaced, joined []string, closed map[string]bool) {
	closed = map[string]bool{}
	for _, n := range nouns {
		spaced = append(spaced, " "+n.words)
		joined = append(joined, strings.ReplaceAll(n.words, " ", ""))
		closed[n.words] = !n.doubtful
	}
	return spaced, joined, closed
}

func words(list string) map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		all[word] = true
	}
	return all
}

// nounOf reads the end of a name, split into words: of a long one that alone counts. all are the words of a name that may speak of a
// secret.
func nounOf(name string) (n noun, all []string, ok bool) {
	name = name[max(0, len(name)-maxSecretName):]
	lower := strings.ToLower(name)
	if !speaksOfSecrets(lower) {
		return noun{}, nil, false
	}
	all = nameWords(azureName(name))
	if len(all) == 0 || len(all) == 1 && all[0] == "key" {
		return noun{}, nil, false
	}
	end := len(all)
	for end > 1 && (tailWords[all[end-1]] || strings.Trim(all[end-1], "0123456789") == "") {
		end--
	}
	if last := strings.TrimRight(all[end-1], "0123456789"); last != "" {
		all[end-1] = last
	}
	whole := " " + strings.Join(all[:end], " ")
	if strings.HasSuffix(whole, " public key") {
		return noun{}, all, false
	}
	for i, n := range nouns {
		if strings.HasSuffix(whole, spacedNouns[i]) || n.joined && strings.HasSuffix(whole, joinedNouns[i]) {
			return n, all, true
		}
	}
	return noun{}, all, false
}

// speaksOfSecrets says that a noun may stand in a text in lower case, which is seen faster than where.
func speaksOfSecrets(lower string) bool {
	return slices.ContainsFunc(nounLetters, func(letters string) bool { return strings.Contains(lower, letters) })
}

// guard says how far a name keeps its values from being shown.
type guard int8

const (
	open     guard = iota
	doubtful       // values that look generated are hidden
	closed         // all values are hidden but those that are plainly public
)

// guardOf goes by the noun of a name, and where it ends in none by those within it.
func guardOf(name string) guard {
	lower := strings.ToLower(name)
	if namesObjects(lower) {
		return open
	}
	n, all, ok := nounOf(name)
	if ok && n.doubtful {
		return doubtful
	} else if ok {
		return closed
	}
	found := open
	for i, word := range all {
		switch {
		case found != open && publicTails[word]:
			return open
		case closedWords[word], i > 0 && closedWords[all[i-1]+" "+word]:
			found = doubtful
		}
	}
	if found == doubtful && strings.Contains(lower, "fs.azure.sas.") {
		return closed // which ends in the name of a container
	}
	return found
}

// namesObjects tells keys of Spark whose values name Secrets or say where they are mounted, and its own variables' like.
func namesObjects(lower string) bool {
	rest, ok := strings.CutPrefix(lower, "spark.kubernetes.")
	return ok && (strings.Contains(rest, ".secretkeyref.") || strings.Contains(rest, ".secrets.") || strings.Contains(rest, ".volumes.") || strings.HasSuffix(rest, "pullsecrets"))
}

// azureName drops the storage account, or another place, from a key that ends in it: fs.azure.account.key.NAME,
// fs.azure.account.oauth2.client.secret.NAME.dfs.core.windows.net.
func azureName(name string) string {
	for _, head := range [...]string{"fs.azure.account.key", "fs.azure.account.oauth2.client.secret"} {
		if i := strings.Index(name, head+"."); i >= 0 {
			return name[:i+len(head)]
		}
	}
	return name
}

// nameWords splits a name at everything but letters and digits, and where a capital begins a word, and lowers it.
func nameWords(name string) (words []string) {
	runes := []rune(name)
	start := 0
	cut := func(end int) {
		if end > start {
			words = append(words, strings.ToLower(string(runes[start:end])))
		}
	}
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			cut(i)
			start = i + 1
		case unicode.IsUpper(r) && i > start && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			cut(i)
			start = i
		}
	}
	cut(len(runes))
	return words
}
