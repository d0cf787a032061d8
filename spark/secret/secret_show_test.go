package secret

import (
	"slices"
	"strings"
	"testing"
)

// TestWhatMayBeShown goes by the noun that a name ends in: what is hidden under it and is no finding, and what is plainly public.
func TestWhatMayBeShown(t *testing.T) {
	references := "${env:X} ${X} $(X) $X {{.Values.x}} %X% /run/secrets/x ./x ~/x file:/run/x https://idp.example.org/x vault:secret/data/x#y arn:aws:secretsmanager:eu:1:secret:x true false none <x> **** *********(redacted) org.example.Provider (masked)"
	for _, c := range []struct{ noun, hidden, shown string }{
		{"password", "geheim abc 12345678 1234 changeit test s3cr3t-password $geheim x${X} /geheim secret:geheim ENC(geheim) [geheim] com.Geheim vault:geheim ${env:X:-geheim}", references},
		{"PASSWD", "geheim 12", references},
		{"passphrase", "geheim", references},
		{"auth.pass", "geheim", references},
		{"PWD_OLD", "geheim", references},
		{"token", "geheim s3cr3t-token-value 12345678901 my-github-token warehouse", references + " 12 30s 4096"},
		{"TOKEN_2", "geheim", references + " 12"},
		{"githubtoken", "geheim", references},
		{"secret", "geheim warehouse my-secret", references + " 12"},
		{"secret.key", "minio123 orders-of-the-warehouse/production-secret", references},
		{"access.key", "minio", references},
		{"api.key", "letters-only", references + " 12"},
		{"credential", "id:geheim catalog:warehouse-secret-1 vault:geheim", references},
		{"credentials", "WebIdentity", references + " org.example.A,org.example.B"},
		{"private.key", "geheim", references},
		{"fs.azure.account.key.lake.dfs.core.windows.net", "geheim", references},
		{"oauthToken", "geheim", references},
		{"spark.kubernetes.driver.annotation.api-token", "geheim", references},
		{"spark.kubernetes.driver.secretKeyRef.DB_PASSWORD", "", "orders-db:password1 " + references},
		{"spark.kubernetes.driver.secrets.token", "", "/etc/secrets " + references},
		{"spark.kubernetes.container.image.pullSecrets", "", "registry-key-1"},
		{"_SPARK_AUTH_SECRET", "geheim", references},
		{"key", "", "geheim password1 tls.key spark.kubernetes.io/role1"},
		{"partition.key", "kP2v9QxWm dXNlcjpnZWhlaW0= 0d9bd0b1-7a3f-4c1e-9d52-0f6b1c2d3e4f", "event_date id customer-id topology.kubernetes.io/zone1 12345678 " + references},
		{"http.auth", "kP2v9QxWm", "kerberos simple " + references},
		{"SECRET_ID", "kP2v9QxWm", "warehouse " + references},
		{"tokenFile", "", "kP2v9QxWm geheim"}, {"secretName", "", "orders-db1 kP2v9QxWm"}, {"credentials.provider", "", "WebIdentity"}, {"TLS_KEY_ALIAS", "", "kP2v9QxWm1"},
		{"secretBitLength", "", "256"}, {"TOKENIZER", "", "bert1234abcd"}, {"spark.executor.memory", "", "4g kP2v9QxWm"}, {"serviceName", "", "token"},
		{"X", "ghp_0123456789ab glpat-01234567 xoxb-1234-geheim sk_live_01234567 Bearer%20geheim https://geheim@git.example.org/x https://h/x?sig=geheim https://h/x?X-Amz-Signature=geheim -javaagent:/x.jar=apikey=geheim a:geheim@db:3306",
			"abfss://lake@account.dfs.core.windows.net/x https://h:8080/a@b s3a://bucket/x -javaagent:/x.jar=9404:/etc/x.yaml -agentlib:jdwp=transport=dt_socket,server=y,address=*:5005 repo/app:1.2@sha256:0123 git@github.com:a/b.git k8s://https://h:6443"},
	} {
		for _, name := range []string{c.noun, "spark.x." + c.noun} {
			if strings.HasPrefix(c.noun, "spark.") || c.noun == "_SPARK_AUTH_SECRET" || c.noun == "key" {
				name = c.noun
			}
			for value := range strings.FieldsSeq(c.hidden) {
				if shown := HideValue(name, value); strings.Contains(shown, "geheim") || shown == value {
					t.Errorf("%s=%s is shown as %s", name, value, shown)
				}
			}
			for value := range strings.FieldsSeq(c.shown) {
				if shown := HideValue(name, value); shown != value {
					t.Errorf("%s=%s is shown as %s", name, value, shown)
				}
			}
		}
	}
}

// TestWhatAServerSaysLosesItsSecrets: messages of containers and Events.
func TestWhatAServerSaysLosesItsSecrets(t *testing.T) {
	for text, want := range map[string]string{
		"401: Authorization: Basic dXNlcjpnZWhlaW0=":                "401: Authorization: Basic (masked)",
		"sent Authorization: Digest username=\"a\", response=\"x\"": "sent Authorization: Digest (masked)",
		"refused Bearer x":                                  "refused Bearer (masked)",
		"refused Basic dXNlcjpnZWhlaW0= twice":              "refused Basic (masked) twice",
		"login failed, password: geheim":                    "login failed, password: (masked)",
		"run --token geheim --port 1":                       "run --token (masked) --port 1",
		"-javaagent:/x.jar=apikey=geheim,level=info failed": "-javaagent:/x.jar=(masked) failed",
		"-javaagent:/x.jar=key='geheim'-p failed":           "-javaagent:/x.jar=(masked) failed",
		`run "-javaagent:/x.jar=key=a geheim" -Xmx1g`:       `run "-javaagent:/x.jar=(masked)" -Xmx1g`,
		`run "-javaagent:/x.jar=key=geheim -Xmx1g"`:         `run "-javaagent:/x.jar=(masked) -Xmx1g"`,
		`-javaagent:"/x y.jar=key=geheim" -Xmx1g`:           `-javaagent:"/x y.jar=(masked)" -Xmx1g`,
		"-javaagent:/x.jar=Cookie: ":                        "-javaagent:/x.jar=(masked) ",
		"token: |\n  geheim\n  geheim\nb":                   "token: |\n  (masked)\n(masked)\nb",
		"ssl.keyPassword=ge\\\n  heim":                      "ssl.keyPassword=(masked)\n(masked)",
		"- name: DB_PASSWORD\n  value: 'ge heim'":           "- name: DB_PASSWORD\n  value: '(masked)'",
		"Bearer geheim)":                                    "Bearer (masked))",
		"-Ddb.password= geheim":                             "-Ddb.password= (masked)",
		"https://h/x?sv=1&sig=geheim&se=2":                  "https://h/x?sv=1&sig=(masked)&se=2",
		"X-Api-Key: geheim":                                 "X-Api-Key: (masked)",
		`{"auth":"dXNlcjpnZWhlaW0="}`:                       `{"auth":"(masked)"}`,
	} {
		if got := HideMessage(text); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		} else if again := HideMessage(got); again != got {
			t.Errorf("%s\nhidden twice is %s", text, again)
		}
	}
	for _, text := range []string{
		"spark.authenticate.secret is not set", "spark.ssl.keyPassword: not set", "API key: missing", "in spark.ssl.keyPassword: line 3 has a blank",
		"the bearer token is missing", "Bearer authentication failed", "basic auth is off", "Access denied for user 'a'@'10.0.0.1' (using password: YES)", `MountVolume.SetUp failed for volume "db-credentials" : secret "db-credentials" not found`,
		`exec: "token": executable file not found in $PATH`, "couldn't find key password in Secret lab/orders-db", "argument --password holds a password in clear", `secrets "orders-token" is forbidden: User "system:serviceaccount:lab:spark" cannot get resource "secrets"`,
		`Failed to pull image "registry.example.org/app:1.2@sha256:0123": unauthorized: authentication required`, "password: not set", "Back-off pulling image \"a:1\"", `persistentvolumeclaim "pvc-0d9bd0b1-7a3f-4c1e-9d52-0f6b1c2d3e4f" not found`,
	} {
		if got := HideMessage(text); got != text {
			t.Errorf("%s\nis %s", text, got)
		}
	}
}

func TestValuesThatGoOnAreHiddenWhole(t *testing.T) {
	for text, want := range map[string]string{
		"spark.ssl.keyPassword=one\\\n  two\nspark.a b":    "spark.ssl.keyPassword=(masked)\n(masked)\nspark.a b",
		"spark.ssl.keyPassword = \\\n  two\nspark.a b":     "spark.ssl.keyPassword = (masked)\n(masked)\nspark.a b",
		"a:\n  token: |\n    one\n    two\n  b: c":         "a:\n  token: |\n    (masked)\n(masked)\n  b: c",
		"a:\n  token:\n    one\n  b: c":                    "a:\n  token:\n    (masked)\n  b: c",
		"a:\n  token:\n    path: x\n":                      "a:\n  token:\n    path: x\n",
		"p\\u0061ssword=geheim\nspark.a b":                 "(masked)\nspark.a b",
		"run https://h/?next=%2Fx%3Fpassword%3Dgeheim now": "run (masked) now",
		"if [ \"$TOKEN\" == \"\" ]; then":                  "if [ \"$TOKEN\" == \"\" ]; then",
	} {
		if got := HideText(text); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
}

func TestAWordAmongOptionsBelongsToTheValueBefore(t *testing.T) {
	options := strings.Fields("-Xss2m -Ddb.password= geheim -Da.password=correct horse battery -Da=b word Authorization: Token geheim -javaagent:/x.jar=key=geheim -cp")
	got := strings.Join(HideOptions(options), " ")
	if want := "-Xss2m -Ddb.password= (masked) -Da.password=(masked) (masked) (masked) -Da=b word Authorization: (masked) (masked) -javaagent:/x.jar=(masked) -cp"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestAWordBehindAURLIsShown: a URL has no blank, so that the word is no part of its secret. That of a JDBC URL may have one.
func TestAWordBehindAURLIsShown(t *testing.T) {
	for _, c := range []struct{ given, want string }{
		{"https://user:pw@host/path word", "https://user:(masked)@host/path word"},
		{"https://user@host/path word", "https://(masked)@host/path word"},
		{"export URL=https://host/p?token=abcd1234efgh word", "export URL=https://host/p?token=(masked) word"},
		{"export URL=https://host/p?a=b&token=abcd1234efgh word more", "export URL=https://host/p?a=b&token=(masked) word more"},
		{"run --url=https://host/p?password=hunter22 word", "run --url=https://host/p?password=(masked) word"},
		{"export DB_PASSWORD=correct horse", "export DB_PASSWORD=(masked)"},
	} {
		if got := HideText(c.given); got != c.want || HideText(got) != got {
			t.Errorf("%q is %q, not %q", c.given, got, c.want)
		}
	}
	for _, c := range []struct{ given, want []string }{
		{[]string{"-Dx=https://user:pw@host/path", "word"}, []string{"-Dx=https://user:(masked)@host/path", "word"}},
		{[]string{"-Dx=https://host/p?token=abcd1234efgh", "word"}, []string{"-Dx=https://host/p?token=(masked)", "word"}},
		{[]string{"-Dx=jdbc:x://db;password=correct", "horse"}, []string{"-Dx=jdbc:x://db;password=(masked)", Masked}},
		{[]string{"-Dpassword=correct", "horse"}, []string{"-Dpassword=(masked)", Masked}},
	} {
		if got := HideOptions(c.given); !slices.Equal(got, c.want) || !slices.Equal(HideOptions(got), got) {
			t.Errorf("%q is %q, not %q, and then %q", c.given, got, c.want, HideOptions(got))
		}
	}
	if got := HideValue("spark.x.url", `jdbc:x://db?user=a&password=hunter2" word`); got != `jdbc:x://db?user=a&password=(masked)" word` {
		t.Error(got)
	}
}
