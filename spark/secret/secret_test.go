package secret

import (
	"fmt"
	"strings"
	"testing"
)

func TestSecretsInClearAreTold(t *testing.T) {
	for _, c := range []struct{ name, value, what string }{
		{"spark.hadoop.fs.s3a.secret.key", "kP2v9QxWmZ7", "a secret key"},
		{"fs.s3a.bucket.logs.secret.key", "hunter-two-hunter", "a secret key"},
		{"AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG", "a secret key"},
		{"fs.oss.accessKeySecret", "q8Zt5LmN", "a secret key"},
		{"spark.hadoop.fs.azure.account.key.lake.dfs.core.windows.net", "bGFrZWtleWxha2VrZXk=", "a storage account's key"},
		{"fs.azure.account.oauth2.client.secret.lake.dfs.core.windows.net", "Zx8Q~abc", "a client secret"},
		{"spark.hadoop.fs.azure.account.oauth2.client.secret.lake", "Zx8Q~abc", "a client secret"},
		{"spark.hadoop.fs.azure.account.key.lake", "bGFrZWtleWxha2VrZXk=", "a storage account's key"},
		{"spark.hadoop.fs.azure.account.key.lake.dfs.fabric.example.com", "bGFrZWtleWxha2VrZXk=", "a storage account's key"},
		{"spark.executorEnv.X_TOKEN", "a1b2c3d4e5f6", "a token"},
		{"spark.ssl.keyStorePassword", "geheim", "a password"},
		{"spark.hadoop.javax.jdo.option.ConnectionPassword", "12345678", "a password"},
		{"dbpassword", "hunter2", "a password"},
		{"PGPASSWD", "hunter2", "a password"},
		{"spark.es.net.http.auth.pass", "hunter2", "a password"},
		{"spark.authenticate.secret", "correct horse battery", "Spark's authentication secret"},
		{"spark.ui.org.apache.spark.ui.JWSFilter.param.secretKey", "VmlzaXQgaHR0cHM6Ly9zcGFyay5hcGFjaGUub3Jn", "a secret key"},
		{"spark.sql.catalog.lake.credential", "root:s3cr3t99", "a credential"},
		{"spark.sql.catalog.lake.token", "a1b2c3d4e5f6", "a token"},
		{"spark.kubernetes.authenticate.submission.oauthToken", "a1b2c3d4e5f6", "a token"},
		{"spark.kubernetes.driverEnv.DD_API_KEY", "0f9e8d7c6b5a", "an API key"},
		{"spark.app.note", "-----BEGIN RSA PRIVATE KEY-----", "a private key"},
		{"X", "ghp_0123456789abcdefghijABCDEFGHIJ012345", "a GitHub token"},
		{"spark.sql.catalog.rest.credential", "clientid:clientsecret123", "a credential"},
		{"spark.kubernetes.file.upload.path", "s3a://AKIAIOSFODNN7REALKEY:secretinurl01@b/p", "a password within a URL"},
		{"X", "dapi0123456789abcdef0123456789abcdef", "a Databricks token"}, {"X", "dapi0123456789abcdef0123456789abcdef-2", "a Databricks token"},
		{"fs.s3a.secret.key", "wJalrXUtnFEMI/K7MDENGabPxRfiCYzzzzzzKEY1", "a secret key"}, {"fs.s3a.secret.key", "/JalrXUtnFEMI/K7MDENGabPxRfiCYzzzzzzKEY1", "a secret key"},
		{"X", "AIzaabcdefghijABCDEFGHIJ0123456789_-xyz", "a Google API key"},
		{"X", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJlMTIz", "a signed token (JWT)"},
		{"X", "DefaultEndpointsProtocol=https;AccountKey=0123456789012345678901234567890123456789ab==", "a storage account's key"},
		{"spark.hadoop.fs.azure.sas.c.lake.blob.core.windows.net", "sv=2022-11-02&ss=b&sig=abcdefghij0123456789%3D", "a shared access signature"},
		{"X", "sig=abcdefghij0123456789%3D&se=2030&sv=2022-11-02", "a shared access signature"},
		{"spark.mongodb.read.connection.uri", "mongodb://app:hunter2@db:27017", "a password within a URL"},
		{"X", "jdbc:postgresql://db/x?user=a&password=hunter2", "a password within a URL"},
		{"DB_PASSWORD", "changeme", "a password"}, {"DB_PASSWORD", "changeit", "a password"}, {"DB_PASSWORD", "change-me", "a password"}, {"DB_PASSWORD", "test1234", "a password"}, {"DB_PASSWORD", "example", "a password"},
		{"spark.ssl.keyStorePassword", "changeit", "a password"}, {"spark.ssl.trustStorePassword", "changeit2", "a password"}, {"DB_PASSWORD", "your.hunter2", "a password"}, {"DB_PASSWORD", "replace1t", "a password"},
		{"DB_PASSWORD", "[kP2v9QxWm]", "a password"}, {"DB_PASSWORD", "unredacted", "a password"}, {"fs.s3a.secret.key", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "a secret key"},
		{"spark.mongodb.read.connection.uri", "mongodb://app:changeme@db:27017", "a password within a URL"}, {"X", "changes ghp_0123456789abcdefghijABCDEFGHIJ012345", "a GitHub token"},
		{"DB_PASSWORD_OLD", "hunter2", "a password"}, {"mypassphrase", "hunter2", "a passphrase"}, {"githubtoken", "a1b2c3d4e5f6", "a token"}, {"secretkey", "minio123", "a secret key"}, {"PASSWORD_2", "hunter2", "a password"},
	} {
		if what, degree := Of(c.name, c.value); what != c.what || degree != Secret {
			t.Errorf("%s: %q (%d), want %q", c.name, what, degree, c.what)
		}
	}
	for _, id := range []string{"AKIAIOSFODNN7ABCDEFG", "AKIAIOSFODNN8EXAMPLE", "AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"} {
		if what, degree := Of("spark.hadoop.fs.s3a.access.key", id); what != "the id of a static AWS key" || degree != KeyID {
			t.Errorf("%s: %q %d", id, what, degree)
		}
	}
}

func TestWhatOnlyLeadsToASecretIsPublic(t *testing.T) {
	for _, c := range []struct{ name, value string }{
		{"spark.hadoop.fs.s3a.secret.key", ""}, {"spark.hadoop.fs.s3a.secret.key", "${env:S3_SECRET}"}, {"spark.hadoop.fs.s3a.secret.key", "$S3_SECRET"},
		{"spark.hadoop.fs.s3a.secret.key", "$(S3_SECRET)"}, {"DB_PASSWORD", "{{ .Values.password }}"}, {"DB_PASSWORD", "%PASSWORD%"},
		{"DB_PASSWORD", "/run/secrets/db"}, {"DB_PASSWORD", "./db"}, {"DB_PASSWORD", "file:/run/secrets/db"}, {"DB_PASSWORD", "local:///opt/db"},
		{"DB_PASSWORD", "vault:secret/data/db#password"}, {"DB_PASSWORD", "ENC(abc12345)"}, {"DB_PASSWORD", "arn:aws:secretsmanager:eu:1:secret:db"},
		{"DB_PASSWORD", "<password>"}, {"DB_PASSWORD", "<db-password-1>"}, {"DB_PASSWORD", "YOUR_PASSWORD_HERE"}, {"DB_PASSWORD", "replace-me"}, {"DB_PASSWORD", "TODO"}, {"DB_PASSWORD", "(masked)"}, {"DB_PASSWORD", "<redacted>"}, {"spark.ssl.trustStorePassword", "changeit"}, {"-Djavax.net.ssl.trustStorePassword", "changeit"}, {"DB_PASSWORD", "[password]"}, {"DB_PASSWORD", "****"}, {"DB_PASSWORD", "xxxxxxxx"},
		{"DB_PASSWORD", "your-password"}, {"DB_PASSWORD", "abc"}, {"DB_PASSWORD", "true"}, {"DB_PASSWORD", "*********(redacted)"}, {"DB_PASSWORD", "orders-db-secret"},
		{"DB_PASSWORD_FILE", "hunter2hunter2"}, {"TLS_KEY_ALIAS", "hunter2hunter2"}, {"spark.authenticate.secret.file", "hunter2hunter2"},
		{"spark.authenticate.secretBitLength", "256"}, {"spark.hadoop.x.client.secret", "30s"}, {"X_TOKEN", "12345678901"},
		{"spark.hadoop.fs.s3a.aws.credentials.provider", "com.amazonaws.auth.WebIdentityTokenCredentialsProvider"},
		{"spark.some.credentials", "org.example.Provider,org.example.Other"}, {"spark.some.credentials", "WebIdentity"}, {"spark.some.token", "none"},
		{"spark.some.secret", "warehouse"}, {"spark.some.api.key", "letters-only"}, {"spark.some.token", "two words 12345"},
		{"spark.hadoop.hadoop.security.credential.provider.path", "jceks://hdfs/user/x.jceks"}, {"spark.security.credentials.hive.enabled", "false"},
		{"spark.kubernetes.driver.secretKeyRef.DB_PASSWORD", "db:password1"}, {"spark.kubernetes.driver.secrets.db", "hunter2hunter2"},
		{"_SPARK_AUTH_SECRET", "0123456789abcdef"}, {"spark.hadoop.fs.azure.account.keyprovider.lake.dfs.core.windows.net", "abcd1234abcd"},
		{"spark.hadoop.fs.s3a.access.key", "minio1234"}, {"TOKENIZER", "bert1234abcd"}, {"x", "http://host:8080/a@b"},
		{"x", "https://user:${PASSWORD}@host/"}, {"x", "jdbc:postgresql://db/x?password=<password>"}, {"spark.sql.shuffle.partitions", "200"},
		{"fs.s3a.secret.key", "orders-of-the-warehouse/production-secret"}, {"AWS_SECRET_ACCESS_KEY", "/opt/app/secrets/warehouse/accesskeys/k1"},
		{"spark.sql.catalog.rest.credential", "vault:secret1234/warehouse1"}, {"spark.sql.catalog.rest.credential", "clientid:${SECRET}"}, {"spark.sql.catalog.rest.credential", "clientid:"},
		{"spark.sql.catalog.rest.credential", "catalog:warehouse-secret-1"}, {"spark.some.credential", "warehouse:credential1"}, {"X", "dapi0123456789abcdef"}, {"_SPARK_AUTH_SECRET", "dapi0123456789abcdef0123456789abcdef"},
	} {
		if what, degree := Of(c.name, c.value); degree != Public {
			t.Errorf("%s=%s: %q, want nothing", c.name, c.value, what)
		}
	}
}

func TestEverySecretOfALineIsTold(t *testing.T) {
	for _, c := range []struct{ line, names string }{
		{`-Xss2m -Da=b -Djavax.net.ssl.keyStorePassword=hunter2 -Dflag -Djavax.net.ssl.trustStorePassword=hunter3`, "-Djavax.net.ssl.keyStorePassword -Djavax.net.ssl.trustStorePassword"},
		{`spark-submit --conf spark.kubernetes.driverEnv.DB_PASSWORD=hunter2 --conf=spark.executorEnv.X_TOKEN=a1b2c3d4e5f6 --password hunter2 --db.password=hunter2 app.jar`,
			"spark.kubernetes.driverEnv.DB_PASSWORD spark.executorEnv.X_TOKEN --password --db.password"},
		{"export DB_PASSWORD='hunter two'\nexec run", "DB_PASSWORD"},
		{`-Dfs.azure.account.oauth2.client.secret.lake=Zx8Q~abc1`, "-Dfs.azure.account.oauth2.client.secret.lake"},
		{`-Dspark.hadoop.fs.s3a.access.key=AKIAIOSFODNN7ABCDEFG -Da.password=hunter2`, "-Dspark.hadoop.fs.s3a.access.key -Da.password"},
		{`--password a=b1 -Da.password=hunter2 -Da.password=hunter3`, "-Da.password"},
		{`--password -Da=b --token-file /run/token --password $PW --password "$PW" DB_PASSWORD=$(cat /x) -Da.password=${env:P} -Db.password=/run/x`, ""},
		{`-Dpassword="unbalanced`, ""}, {"", ""}, {"--password", ""},
	} {
		var names []string
		for _, s := range In(c.line) {
			if s.What == "" || s.Degree == Public {
				t.Errorf("%+v", s)
			}
			names = append(names, s.Name)
		}
		if got := strings.Join(names, " "); got != c.names {
			t.Errorf("%s: %s", c.line, got)
		}
	}
	var many strings.Builder
	for i := range maxExposed + 5 {
		fmt.Fprintf(&many, "-Dx%d.password=hunter2 ", i)
	}
	if n := len(In(many.String())); n != maxExposed {
		t.Errorf("%d of one line are told", n)
	}
}

// TestEveryPatternIsOne: they are compiled when they are used first.
func TestEveryPatternIsOne(t *testing.T) {
	if len(expressions) < 90 {
		t.Errorf("%d patterns", len(expressions))
	}
	for _, e := range expressions {
		e.compiled()
	}
}
