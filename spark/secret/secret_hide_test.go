package secret

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTextsLoseTheirSecretsAndNothingElse(t *testing.T) {
	for text, want := range map[string]string{
		"-Xmx1g -Djavax.net.ssl.keyStorePassword=hunter2 -Da=b":                    "-Xmx1g -Djavax.net.ssl.keyStorePassword=(masked) -Da=b",
		"run --db-password 'hunter two' --port 1":                                  "run --db-password '(masked)' --port 1",
		"spark.a b\nspark.ssl.keyPassword  correct horse\nspark.c d":               "spark.a b\nspark.ssl.keyPassword  (masked)\nspark.c d",
		"spark.ssl.keyPassword=correct horse\nspark.c d":                           "spark.ssl.keyPassword=(masked)\nspark.c d",
		"env:\n- name: DB_PASSWORD\n  value: hunter2\n- name: B":                   "env:\n- name: DB_PASSWORD\n  value: (masked)\n- name: B",
		`env: [{name: DB_PASSWORD, value: "hunter2"}, {name: B}]`:                  `env: [{name: DB_PASSWORD, value: "(masked)"}, {name: B}]`,
		`args: [--password, "hunter2", --class, A]`:                                `args: [--password, "(masked)", --class, A]`,
		"args:\n- --password\n- hunter2\n- --class\n- A":                           "args:\n- --password\n- (masked)\n- --class\n- A",
		`{"name":"API_TOKEN","value":"a1b2c3d4e5f6"}`:                              `{"name":"API_TOKEN","value":"(masked)"}`,
		"mongodb://a:hunter2@db/x and http://b:80/c":                               "mongodb://a:(masked)@db/x and http://b:80/c",
		"jdbc:oracle:thin:scott/tiger77@//db:1521/x":                               "jdbc:oracle:thin:scott/(masked)@//db:1521/x",
		"jdbc:postgresql://db/x?user=a&password=hunter2&ssl=true":                  "jdbc:postgresql://db/x?user=a&password=(masked)&ssl=true",
		"id AKIAIOSFODNN7ABCDEFG and dapi0123456789abcdef0123456789abcdef":         "id (masked) and (masked)",
		"-----BEGIN PRIVATE KEY-----\nMIIB\nAAAA\n-----END PRIVATE KEY-----\nx: y": "(masked)\n(masked)\n(masked)\n(masked)\nx: y",
		"  spark.hadoop.fs.s3a.secret.key: kP2v9QxWmZ7 # the lake":                 "  spark.hadoop.fs.s3a.secret.key: (masked)",
		"-Dtoken=a1b2c3d4e5f6 -Da=b":                                               "-Dtoken=(masked) -Da=b",
		"run {user:a,dbPassword:hunter22}":                                         "run {user:a,dbPassword:(masked)}",
		"x db.password:S3cr3t99 y":                                                 "x db.password:(masked) y",
		"x fs.s3a.secret.key:kP2v9QxWmZ7 y":                                        "x fs.s3a.secret.key:(masked) y",
		"orders-password=":                                                         "orders-password=",
		"export DB_PASSWORD=correct horse battery && run a":                        "export DB_PASSWORD=(masked) && run a",
		"export DB_PASSWORD=correct horse A=b":                                     "export DB_PASSWORD=(masked) A=b",
		"export DB_PASSWORD='correct horse' staple":                                "export DB_PASSWORD='(masked)' staple",
		"export DB_PASSWORD=$PW STAPLE; export A_TOKEN=geheim; run":                "export DB_PASSWORD=$PW STAPLE; export A_TOKEN=(masked); run",
		"run --db-password correct horse battery \\\n  --port 1":                   "run --db-password (masked) \\\n  --port 1",
		"run --db-password=correct horse orders.jar /x 5":                          "run --db-password=(masked) orders.jar /x 5",
		"run -Ddb.password=correct horse org.example.Main a":                       "run -Ddb.password=(masked) org.example.Main a",
		"run --conf spark.ssl.keyPassword=correct horse; run --token geheim | x":   "run --conf spark.ssl.keyPassword=(masked); run --token (masked) | x",
	} {
		if got := HideText(text); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
		if again := HideText(HideText(text)); again != HideText(text) {
			t.Errorf("%s: hidden twice it is %s", text, again)
		}
	}
	for text, want := range map[string]string{
		"stood: -Ddb.password=hunter2, and it ends":           "stood: -Ddb.password=(masked), and it ends",
		`"spark.ssl.keyPassword": "correct horse" is ignored`: `"spark.ssl.keyPassword": "(masked)" is ignored`,
		`the URL mongodb://a:hunter2@db is not read`:          `the URL mongodb://a:(masked)@db is not read`,
	} {
		if got := HideMessage(text); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
}

func TestOrdinaryWordsAreNotHidden(t *testing.T) {
	for _, text := range []string{
		"jobs/db-secret.yaml:31: not read", "jobs/token.yaml:31:12: kind is missing", "Secret orders-password: not found in namespace lab",
		"argument --password holds a password in clear; the pod shows it", "spark.kubernetes.driver.secretKeyRef.DB_PASSWORD=orders-db:password1",
		"volume my-secret: 31 of 40", "set spark.authenticate.secret.file to a file", "secretName: orders-db", "token: 12", "imagePullSecrets: [{name: registry-key-1}]",
		"spark.hadoop.fs.s3a.aws.credentials.provider=com.amazonaws.auth.WebIdentityTokenCredentialsProvider", "spark.authenticate=true", "spark.ssl.keyStore=/etc/secrets/key1.jks",
		"ConfigMap token-service-config1: spark.properties", "automountServiceAccountToken: false", "secretKeyRef: {name: db, key: password1}",
		"spark.redaction.regex=(?i)secret|password|token|access[.]?key|credential", "-XX:+UseG1GC -Dpassword=${env:PW}",
	} {
		if got := HideMessage(text); got != text {
			t.Errorf("a sentence: %s\nis %s", text, got)
		}
		if strings.Contains(text, "holds a password") || strings.Contains(text, "orders-password") {
			continue // a sentence that no file holds
		}
		if got := HideText(text); got != text {
			t.Errorf("a text: %s\nis %s", text, got)
		}
	}
}

func TestArgumentsLoseTheirSecrets(t *testing.T) {
	args := []string{"driver", "--password", "hunter2", "--token=a1b2c3d4e5f6", "-Ddb.password=hunter2", "--conf", "spark.ssl.keyPassword=hunter two", "--conf=spark.executorEnv.X_TOKEN=a1b2c3d4e5f6",
		"mongodb://a:hunter2@db", "db.password=hunter2", "-token", "a1b2c3d4e5f6", "sh -c 'run --password hunter2'", "--class", "A", "--port", "1234", "--user", "185:0", "--user", "a:12345678"}
	want := []string{"driver", "--password", Masked, "--token=(masked)", "-Ddb.password=(masked)", "--conf", "spark.ssl.keyPassword=(masked)", "--conf=spark.executorEnv.X_TOKEN=(masked)",
		"mongodb://a:(masked)@db", "db.password=(masked)", "-token", Masked, "sh -c 'run --password (masked)'", "--class", "A", "--port", "1234", "--user", "185:0", "--user", Masked}
	if got := HideArguments(args); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if left := InArguments(want); left != nil {
		t.Errorf("what is hidden is found again: %+v", left)
	}
}

// FuzzWhatIsASecretIsHidden: what Of, In or InArguments find in a value is not in what is shown of it.
func FuzzWhatIsASecretIsHidden(f *testing.F) {
	f.Add("DB_PASSWORD", "hunter2")
	f.Add("spark.driver.extraJavaOptions", `-Da.password="hunter two" -Xmx1g`)
	f.Add("x", "mongodb://a:hunter2@db?password=hunter2")
	f.Add("x", "--token\na1b2c3d4e5f6 --conf spark.ssl.keyPassword=\\\"q\\\"")
	f.Add("spark.sql.catalog.rest.credential", "clientid:clientsecret123")
	f.Add("x", "-----BEGIN PRIVATE KEY-----\nab\n")
	f.Fuzz(func(t *testing.T, name, value string) {
		hidden := HideValue(name, value)
		for how, mask := range map[string]func(string) string{"a value": func(s string) string { return HideValue(name, s) }, "a text": HideText, "a message": HideMessage} {
			if once := mask(value); mask(once) != once {
				t.Errorf("%q, %s, masked once is %q, twice %q", value, how, once, mask(once))
			}
		}
		if what, degree := Of(name, hidden); degree != Public {
			t.Errorf("%s of %q is shown as %q", what, value, hidden)
		}
		if left := In(hidden); left != nil {
			t.Errorf("%+v of %q is shown as %q", left, value, hidden)
		}
		if strings.Count(HideText(value), "\n") != strings.Count(value, "\n") {
			t.Errorf("%q: lines are lost", value)
		}
		args := []string{"--" + name, value, name + "=" + value}
		if left := InArguments(HideArguments(args)); left != nil {
			t.Errorf("%+v of %q", left, args)
		}
		if HideMessage(value) == value && hidden == Masked {
			if _, degree := Of("", value); degree != Public {
				t.Errorf("a message shows %q", value)
			}
		}
	})
}

func TestALongTextIsHiddenInTime(t *testing.T) {
	for _, piece := range []string{"pwd=$", "=", "a: ", "--password ", "name: A_TOKEN\nvalue: ", "pwd=hunter2 ", `"`, "sv=2022-11-02&", "-----BEGIN PRIVATE KEY-----",
		`pwd="`, "pwd='a ", `pwd=\"a `, "pwd=[", "-pwd a b ", "export pwd=a b ", "-javaagent:x", "-javaagent:/x.jar=a ", "--from-literal a=b ", "value: a, name: token, ", "<password>a</", "(pwd,a) ", "login -p ", "echo a|sudo -S ", "password 'a' ", "set pwd a "} {
		start := time.Now()
		HideText(strings.Repeat(piece, 100_000/len(piece)))
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%q: %s", piece, took)
		} else {
			t.Logf("%q: %s", piece, took)
		}
	}
}

// TestEscapesWithinEscapesEnd: each escape read doubles the work where nothing bounds it.
func TestEscapesWithinEscapesEnd(t *testing.T) {
	mixed := "%" + strings.Repeat("25", 16) + `41\` + strings.Repeat("u005c", 16) + "u0041"
	for _, text := range []string{mixed, "%" + strings.Repeat("25", 128<<10), `\` + strings.Repeat("u005c", 50<<10) + "u0041", strings.Repeat(mixed+" ", 100)} {
		if got := HideText(text); strings.Trim(strings.ReplaceAll(got, Masked, ""), " ") != "" {
			t.Errorf("%.80s is shown as %.80s", text, got)
		}
	}
	for _, text := range []string{"a%25252520b", `a\u005cu0041`, "%41\\u0041 b"} {
		if got := HideText(text); got != text {
			t.Errorf("%s is shown as %s", text, got)
		}
	}
	for _, text := range []string{"run%253Fpassword%253Dgeheim", `pass%77ord\u003dgeheim`, `p\u0061ss%77ord=geheim`, `p\u005cu0061ssword=geheim`} {
		if got := HideText(text); strings.Contains(got, "geheim") {
			t.Errorf("%s is shown as %s", text, got)
		}
	}
}

// TestALongLineIsReadOnce: behind a hundred thousand values stand many megabytes of the same line, which none of them reads to its end.
func TestALongLineIsReadOnce(t *testing.T) {
	tail := strings.Repeat(".", 64<<20)
	for _, piece := range []string{"pwd=hunter2 ", `"pwd=hunter2" `, "pwd=,", "key=${A} ", "key=$x "} {
		text := "x " + strings.Repeat(piece, 100_000) + tail
		if got := len(assignedSpans(text, false)); (got >= 100_000) != strings.HasPrefix(strings.Trim(piece, `"`), "pwd=h") {
			t.Errorf("%q: %d are hidden", piece, got)
		}
	}
	for _, piece := range []string{"pwd=hunter2 ", "pwd=${ "} {
		if got := HideText(strings.Repeat(piece, 1<<20/len(piece))); strings.Contains(got, "hunter2") {
			t.Errorf("%q is shown", piece)
		}
	}
}

func TestATemplateIsHiddenWholeHoweverLong(t *testing.T) {
	long := "x pwd=${A:-" + strings.Repeat("b ", maxSecretValue) + "geheim}"
	if got := HideText(long + "\nspark.a b"); strings.Contains(got, "geheim") || !strings.HasSuffix(got, "\nspark.a b") {
		t.Errorf("it ends %s", got[max(0, len(got)-80):])
	}
}

func TestManyOptionsAreLookedUpInOneSet(t *testing.T) {
	options := []string{strings.Repeat("a ", 512<<10)}
	for range 300_000 {
		options = append(options, "b")
	}
	if got := HideOptions(options); !slices.Equal(got, options) {
		t.Error("a word is hidden")
	}
}
