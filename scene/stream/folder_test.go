package stream

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// TestTheBuildsFolderIsFoundByWhatIsCopied: a Dockerfile in a folder of its own copies from the one above, and its own patterns come first.
func TestTheBuildsFolderIsFoundByWhatIsCopied(t *testing.T) {
	for name, c := range map[string]struct {
		files      []string // what there is, besides the Dockerfile
		dockerfile string
		at         string // of the Dockerfile
		want       string // the file with the patterns
		exists     bool
	}{
		"beside it":                    {[]string{".dockerignore", "app.py"}, "COPY app.py /\nCOPY . .", "Dockerfile", ".dockerignore", true},
		"none":                         {[]string{"app.py"}, "COPY app.py /\nCOPY . .", "Dockerfile", ".dockerignore", false},
		"of the folder above":          {[]string{".dockerignore", "src/app.py"}, "COPY src /src\nCOPY . .", "docker/Dockerfile", ".dockerignore", true},
		"its own before":               {[]string{".dockerignore", "src/app.py", "docker/Dockerfile.dockerignore"}, "COPY src /src\nCOPY . .", "docker/Dockerfile", "docker/Dockerfile.dockerignore", true},
		"another's is not its own":     {[]string{"docker/other.dockerignore", "src/app.py"}, "COPY src /src\nCOPY . .", "docker/Dockerfile", "docker/Dockerfile.dockerignore", false},
		"whole folders alone":          {[]string{".dockerignore"}, "COPY . .", "docker/Dockerfile", ".dockerignore", true},
		"its folder holds the files":   {[]string{".dockerignore", "app/src/a", "app/pom.xml"}, "COPY pom.xml .\nCOPY src src\nCOPY . .", "app/Dockerfile", "app/.dockerignore", false},
		"not above the repository":     {[]string{".dockerignore", "app/.git/HEAD"}, "COPY . .", "app/Dockerfile", "app/.dockerignore", false},
		"a folder of Dockerfiles":      {[]string{".git/HEAD"}, "COPY . .", "docker/Dockerfile", "docker/Dockerfile.dockerignore", false},
		"a path that leads out":        {[]string{".git/HEAD", ".dockerignore"}, "COPY ../../etc/passwd /\nCOPY . .", "Dockerfile", ".dockerignore", true},
		"of another stage, or fetched": {[]string{".git/HEAD", ".dockerignore", "docker/src"}, "COPY --from=build src /src\nADD https://a/b.tgz /\nCOPY . .", "docker/Dockerfile", ".dockerignore", true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write := func(name, text string) string {
				t.Helper()
				at := filepath.Join(dir, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				return at
			}
			write(".git/HEAD", "")
			for _, one := range c.files {
				write(one, ".git\n")
			}
			at := write(c.at, "FROM apache/spark:4.1.2\n"+c.dockerfile+"\n")
			raw, err := os.ReadFile(at)
			if err != nil {
				t.Fatal(err)
			}
			file, err := source.Open(at, raw)
			if err != nil {
				t.Fatal(err)
			}
			WithFolder(file)
			got := file.Docs[0].Dockerfile.Context
			if want := filepath.ToSlash(filepath.Join(dir, filepath.FromSlash(c.want))); got == nil || got.Name != want || got.Exists != c.exists {
				t.Errorf("%+v is not %s, %v", got, want, c.exists)
			}
		})
	}
}
