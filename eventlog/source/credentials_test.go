package source

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
)

// alone is an environment without any credentials of this machine.
func alone(t *testing.T) (home string) {
	t.Helper()
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "AZURE_") || strings.HasPrefix(name, "GOOGLE_") || strings.HasPrefix(name, "CLOUDSDK_") {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
	home = t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	return home
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestWhoIsAskedForAWSCredentials: the sources of AWS' own tools, in their order; a refusal names the source, and no key.
func TestWhoIsAskedForAWSCredentials(t *testing.T) {
	var signed string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/container" {
			w.Write([]byte(`{"AccessKeyId":"AKIACONTAINER","SecretAccessKey":"s3cr3t","Token":"t0k3n","Expiration":"2099-01-01T00:00:00Z"}`))
			return
		}
		signed = r.Header.Get("Authorization")
		w.WriteHeader(http.StatusForbidden)
		w.Write([]byte(`<Error><Code>AccessDenied</Code><Message>s3cr3t</Message></Error>`))
	}))
	defer server.Close()
	const denied = "s3://logs/a: access denied (403 AccessDenied); credentials: "
	for _, c := range []struct {
		name  string
		env   map[string]string
		files map[string]string
		key   string
		want  string
	}{
		{"environment", map[string]string{"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "s3cr3t", "AWS_PROFILE": "x"}, nil, "AKIAENV", denied + "the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)"},
		{"half", map[string]string{"AWS_ACCESS_KEY_ID": "AKIAENV"}, nil, "", "s3://logs/a: no credentials come from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY): it lacks a key"},
		{"file", nil, map[string]string{".aws/credentials": "[default]\naws_access_key_id = AKIAFILE\naws_secret_access_key = s3cr3t\n"}, "AKIAFILE", denied + "profile default of the AWS files"},
		{"profile", map[string]string{"AWS_PROFILE": "prod"}, map[string]string{".aws/credentials": "[prod]\naws_access_key_id = AKIAPROD\naws_secret_access_key = s3cr3t\n"}, "AKIAPROD", denied + "profile prod of the AWS files"},
		{"no profile", map[string]string{"AWS_PROFILE": "none"}, map[string]string{".aws/credentials": "[prod]\n"}, "", "s3://logs/a: no credentials come from profile none of the AWS files: "},
		{"container", map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "SERVER/container"}, nil, "AKIACONTAINER", denied + "the container's role (AWS_CONTAINER_CREDENTIALS_*)"},
		{"web identity", map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": "/none", "AWS_ROLE_ARN": "arn:aws:iam::1:role/x"}, nil, "", "s3://logs/a: no credentials come from workload identity (AWS_WEB_IDENTITY_TOKEN_FILE): "},
		{"none", nil, nil, "", denied + "none found (tried: the environment, profile default of the AWS files)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := alone(t)
			t.Setenv("AWS_ENDPOINT_URL", server.URL)
			t.Setenv("AWS_REGION", "eu-west-1")
			for name, value := range c.env {
				t.Setenv(name, strings.Replace(value, "SERVER", server.URL, 1))
			}
			for name, text := range c.files {
				put(t, filepath.Join(home, name), text)
			}
			signed = ""
			_, err := Read(t.Context(), "s3://logs/a", Options{pause: time.Microsecond}, nil)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "s3cr3t") || strings.Contains(err.Error(), "AKIA") {
				t.Errorf("%v\nwant %s", err, c.want)
			}
			if !strings.Contains(signed, c.key) || c.key == "" && signed != "" {
				t.Errorf("signed %q", signed)
			}
		})
	}
}

// TestWhoIsAskedForGoogleCredentials, and that no key is shown.
func TestWhoIsAskedForGoogleCredentials(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		w.Write([]byte(`{"error":"invalid_grant","error_description":"s3cr3t"}`))
	}))
	defer server.Close()
	home := alone(t)
	file := filepath.Join(home, "key.json")
	put(t, file, `{"type":"authorized_user","client_id":"x","client_secret":"s3cr3t","refresh_token":"s3cr3t","token_uri":"`+server.URL+`"}`)
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", file)
	files, path, _, err := Open(t.Context(), "gs://logs/a", Options{pause: time.Microsecond})
	if err != nil || path != "gs://logs/a" {
		t.Fatal(err)
	}
	if who := files.(*objects).store.(*gcsStore).who; who != "GOOGLE_APPLICATION_CREDENTIALS (authorizeduser)" {
		t.Errorf("who: %s", who)
	}
	put(t, file, `{"private_key":"s3cr3t"`)
	if _, _, _, err := Open(t.Context(), "gs://logs/a", Options{}); err == nil || err.Error() != "gs://logs/a: no credentials come from the file that GOOGLE_APPLICATION_CREDENTIALS names: it cannot be read, or has another form" {
		t.Error(err)
	}
}

// TestWhoIsAskedForAzuresCredentials, in the order of az storage, and that no key is shown.
func TestWhoIsAskedForAzuresCredentials(t *testing.T) {
	alone(t)
	for _, c := range []struct{ variable, value, want string }{
		{"AZURE_STORAGE_KEY", "no base64: s3cr3t", "no credentials come from the environment (AZURE_STORAGE_KEY): they have another form"},
		{"AZURE_STORAGE_CONNECTION_STRING", "s3cr3t", "no credentials come from the environment (AZURE_STORAGE_CONNECTION_STRING): they have another form"},
		{"AZURE_STORAGE_CONNECTION_STRING", "DefaultEndpointsProtocol=https;AccountName=other;AccountKey=czNjcjN0;EndpointSuffix=core.windows.net", "AZURE_STORAGE_CONNECTION_STRING is of another account than acc"},
	} {
		t.Setenv(c.variable, c.value)
		_, _, _, err := Open(t.Context(), "abfss://logs@acc.dfs.core.windows.net/a", Options{})
		if err == nil || err.Error() != "abfss://logs@acc.dfs.core.windows.net/a: "+c.want || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v", c.variable, err)
		}
		os.Unsetenv(c.variable)
	}
	for _, c := range []struct{ variable, value, who string }{
		{"AZURE_STORAGE_KEY", "czNjcjN0", "the environment (AZURE_STORAGE_KEY)"},
		{"AZURE_STORAGE_SAS_TOKEN", "?sv=1&sig=s3cr3t", "the environment (AZURE_STORAGE_SAS_TOKEN)"},
		{"AZURE_STORAGE_CONNECTION_STRING", "DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=czNjcjN0;EndpointSuffix=core.windows.net", "the environment (AZURE_STORAGE_CONNECTION_STRING)"},
		{"AZURE_NONE", "", "Azure's default chain (environment, workload identity, managed identity, Azure CLI)"},
	} {
		t.Setenv(c.variable, c.value)
		files, path, _, err := Open(t.Context(), "abfss://logs@acc.dfs.core.windows.net/a", Options{})
		if err != nil || path != "abfss://logs@acc.dfs.core.windows.net/a" {
			t.Errorf("%s: %v", c.variable, err)
			continue
		}
		s := files.(*objects).store.(*calls)
		if s.who != c.who || !strings.HasPrefix(s.at, "https://acc.blob.core.windows.net/logs") {
			t.Errorf("%s: %s", c.variable, s.who)
		}
		os.Unsetenv(c.variable)
	}
	var _ eventlog.Files = (*objects)(nil)
}
