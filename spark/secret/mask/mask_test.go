package mask

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
)

func TestMaskTreeHidesSecretsAndNothingElse(t *testing.T) {
	for in, want := range map[string]string{
		`{"env":[{"name":"DB_PASSWORD","value":"Ω1ab2cd3Ω"},{"name":"A","value":"b"}]}`:                 `{"env":[{"name":"DB_PASSWORD","value":"(masked)"},{"name":"A","value":"b"}]}`,
		`{"env":[{"name":"T_TOKEN","valueFrom":{"secretKeyRef":{"name":"s","key":"token"}}}]}`:          `{"env":[{"name":"T_TOKEN","valueFrom":{"secretKeyRef":{"key":"token","name":"s"}}}]}`,
		`{"sparkConf":{"spark.ssl.keyPassword":"Ω1ab2cd3Ω","spark.a":"b c","n":1234567890123456789}}`:   `{"sparkConf":{"n":1234567890123456789,"spark.a":"b c","spark.ssl.keyPassword":"(masked)"}}`,
		`{"args":["driver","--password","Ω1ab2cd3Ω","--token=Ω1ab2cd3Ω","--class","A"]}`:                `{"args":["driver","--password","(masked)","--token=(masked)","--class","A"]}`,
		`{"command":["sh","-c","run --db-password 'Ω1ab2cd3Ω x' --port 1"]}`:                            `{"command":["sh","-c","run --db-password '(masked)' --port 1"]}`,
		`{"o":"-Xmx1g -Djavax.net.ssl.keyStorePassword=Ω1ab2cd3Ω -Da=b"}`:                               `{"o":"-Xmx1g -Djavax.net.ssl.keyStorePassword=(masked) -Da=b"}`,
		`{"o":"mongodb://a:Ω1ab2cd3Ω@db/x and http://b:80/c"}`:                                          `{"o":"mongodb://a:(masked)@db/x and http://b:80/c"}`,
		`{"data":{"spark-defaults.conf":"spark.a b\nspark.ssl.keyPassword  Ω1ab2cd3Ω x\nspark.c d"}}`:   `{"data":{"spark-defaults.conf":"spark.a b\nspark.ssl.keyPassword  (masked)\nspark.c d"}}`,
		`{"data":{"t.yaml":"env:\n- name: API_TOKEN\n  value: Ω1ab2cd3Ω\n- name: B\n  value: c"}}`:      `{"data":{"t.yaml":"env:\n- name: API_TOKEN\n  value: \"(masked)\"\n- name: B\n  value: c"}}`,
		`{"l":"{\"name\":\"API_TOKEN\",\"value\":\"Ω1ab2cd3Ω\"}"}`:                                      `{"l":"{\"name\":\"API_TOKEN\",\"value\":\"(masked)\"}"}`,
		`{"kind":"Secret","data":{"a":"aHVudGVyMg=="},"stringData":{"b":"hunter2"}}`:                    `{"data":{"a":"(masked)"},"kind":"Secret","stringData":{"b":"(masked)"}}`,
		`{"spec":{"credentials":"minio-creds1","envVars":{"token":"a1b2c3d4e5f6"}}}`:                    `{"spec":{"credentials":"minio-creds1","envVars":{"token":"(masked)"}}}`,
		`{"env":[{"Name":"DB_PASSWORD","Value":"hunter2"}],"l":[{"key":"A_TOKEN","value":"a1b2c3d4"}]}`: `{"env":[{"Name":"DB_PASSWORD","Value":"(masked)"}],"l":[{"key":"A_TOKEN","value":"(masked)"}]}`,
		`{"password":["hunter2","x"],"dbPassword":{"value":"hunter2","user":"a"},"tags":["a","b"]}`:     `{"dbPassword":{"user":"a","value":"(masked)"},"password":["(masked)","(masked)"],"tags":["a","b"]}`,
		`{"password":12345678,"token":12,"n":123456789,"env":[{"name":"PW","value":12345678}]}`:         `{"env":[{"name":"PW","value":"(masked)"}],"n":123456789,"password":"(masked)","token":12}`,
		`{"keys":[{"kty":"oct","k":"abcdefgh","alg":"HS256"}],"k":"abcdefgh"}`:                          `{"k":"abcdefgh","keys":[{"alg":"HS256","k":"(masked)","kty":"oct"}]}`,
		`{"auths":{"https://a:hunter2@r.example.org":{}},"a=b":1}`:                                      `{"a=b":1,"auths":{"https://a:(masked)@r.example.org":{}}}`,
		`{"a":"data:application/json;base64,eyJwYXNzd29yZCI6Imh1bnRlcjIifQ==","b":"see aHVudGVyMg=="}`:  `{"a":"data:application/json;base64,(masked)","b":"see aHVudGVyMg=="}`,
		`{"volumes":[{"name":"s","secret":{"secretName":"db"}}],"kind":"Secret","ok":true}`:             `{"kind":"Secret","ok":true,"volumes":[{"name":"s","secret":{"secretName":"db"}}]}`,
	} {
		var value any
		decoder := json.NewDecoder(strings.NewReader(in))
		decoder.UseNumber()
		if err := decoder.Decode(&value); err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(Tree(value)); err != nil || string(got) != want {
			t.Errorf("%s:\ngot  %s %v\nwant %s", in, got, err, want)
		}
	}
}

func TestADocumentKeepsAllButItsSecrets(t *testing.T) {
	wrapped := base64.StdEncoding.EncodeToString([]byte(`{"name":"orders","namespace":"lab","level":"info","password":"hunter2"}`))
	for text, want := range map[string]string{
		"# a\nenv:\n- name: DB_PASSWORD # b\n  value: \"hunter two\"   # c\nx: [1,  2]\n":                    "# a\nenv:\n- name: DB_PASSWORD # b\n  value: \"(masked)\"   # c\nx: [1,  2]\n",
		"a: 1\n---\nkind: Secret\ndata:\n  k: aHVudGVyMg==\n---\n# end\n":                                    "a: 1\n---\nkind: Secret\ndata:\n  k: \"(masked)\"\n---\n# end\n",
		"data:\n  spark.properties: |\n    spark.a b\n    spark.ssl.keyPassword=hunter two\n    spark.c d\n": "data:\n  spark.properties: |\n    spark.a b\n    spark.ssl.keyPassword=(masked)\n    spark.c d\n",
		"spark.a b\nspark.ssl.keyPassword hunter two\n":                                                      "spark.a b\nspark.ssl.keyPassword (masked)\n",
		"x: &a hunter2\nDB_PASSWORD: hunter2\n  bad\n":                                                       "x: &a hunter2\nDB_PASSWORD: (masked)\n",
		"{\"sparkConf\":{\"spark.ssl.keyPassword\":\"hunter2\"},\"n\":1.50}":                                 "{\"sparkConf\":{\"spark.ssl.keyPassword\":\"(masked)\"},\"n\":1.50}",
		"[default]\npassword = hunter2\n":                                                                    "[default]\npassword = (masked)\n",
		"x: &pw hunter2\ny: [1]\nDB_PASSWORD: *pw\n":                                                         "x: &pw \"(masked)\"\ny: [1]\nDB_PASSWORD: *pw\n",
		"{a=b, spark.ssl.keyPassword=hunter2}\n":                                                             "{a=b, spark.ssl.keyPassword=(masked)}\n",
		"sparkConf:\n  spark.ssl.keyPassword: 12345678 # a\n":                                                "sparkConf:\n  spark.ssl.keyPassword: \"(masked)\" # a\n",
		"set -e {\nBLOB=`cat <<E\n" + wrapped[:64] + "\n  " + wrapped[64:] + "\nE`\n":                        "set -e {\nBLOB=`cat <<E\n(masked)\n(masked)\nE`\n",
		"": "", "spark.a b": "spark.a b", "a: {b: c}\n": "a: {b: c}\n",
	} {
		if got := string(Document([]byte(text))); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
}
