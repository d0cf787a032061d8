package report

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestMaskTreeHidesSecretsAndNothingElse(t *testing.T) {
	for in, want := range map[string]string{
		`{"env":[{"name":"DB_PASSWORD","value":"Ω a"},{"name":"A","value":"b"}]}`:              `{"env":[{"name":"DB_PASSWORD","value":"(masked)"},{"name":"A","value":"b"}]}`,
		`{"env":[{"name":"T_TOKEN","valueFrom":{"secretKeyRef":{"name":"s","key":"token"}}}]}`: `{"env":[{"name":"T_TOKEN","valueFrom":{"secretKeyRef":{"key":"token","name":"s"}}}]}`,
		`{"sparkConf":{"spark.ssl.keyPassword":"Ω","spark.a":"b c","n":1234567890123456789}}`:  `{"sparkConf":{"n":1234567890123456789,"spark.a":"b c","spark.ssl.keyPassword":"(masked)"}}`,
		`{"args":["driver","--password","Ω","--token=Ω","--class","A"]}`:                       `{"args":["driver","--password","(masked)","--token=(masked)","--class","A"]}`,
		`{"command":["sh","-c","run --db-password 'Ω Ω' --port 1"]}`:                           `{"command":["sh","-c","run --db-password (masked) --port 1"]}`,
		`{"o":"-Xmx1g -Djavax.net.ssl.keyStorePassword=Ω -Da=b"}`:                              `{"o":"-Xmx1g -Djavax.net.ssl.keyStorePassword=(masked) -Da=b"}`,
		`{"o":"mongodb://a:Ω@db/x and http://b:80/c"}`:                                         `{"o":"mongodb://a:(masked)@db/x and http://b:80/c"}`,
		`{"data":{"spark-defaults.conf":"spark.a b\nspark.ssl.keyPassword  Ω Ω\nspark.c d"}}`:  `{"data":{"spark-defaults.conf":"spark.a b\nspark.ssl.keyPassword  (masked)\nspark.c d"}}`,
		`{"data":{"t.yaml":"env:\n- name: API_TOKEN\n  value: Ω\n- name: B\n  value: c"}}`:     `{"data":{"t.yaml":"env:\n- name: API_TOKEN\n  value: (masked)\n- name: B\n  value: c"}}`,
		`{"l":"{\"name\":\"API_TOKEN\",\"value\":\"Ω Ω\"}"}`:                                   `{"l":"{\"name\":\"API_TOKEN\",\"value\":(masked)}"}`,
		`{"volumes":[{"name":"s","secret":{"secretName":"db"}}],"kind":"Secret","ok":true}`:    `{"kind":"Secret","ok":true,"volumes":[{"name":"s","secret":{"secretName":"db"}}]}`,
	} {
		var value any
		decoder := json.NewDecoder(strings.NewReader(in))
		decoder.UseNumber()
		if err := decoder.Decode(&value); err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(MaskTree(value)); err != nil || string(got) != want {
			t.Errorf("%s:\ngot  %s %v\nwant %s", in, got, err, want)
		}
	}
}
