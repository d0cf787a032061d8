package image

import (
	_ "embed" // the entrypoint
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Packages are the Debian packages of Spark's images.
func Packages() []string {
	return []string{"openjdk-17-jre-headless", "tini", "python3", "procps", "ca-certificates", "libnss-wrapper"}
}

// Repository is the name of Spark's images without the tag. No registry answers to it.
const Repository = "registry.test/spark"

// Pause is the name of the image of a pod's sandbox.
const Pause = "registry.test/pause:1"

// JavaHome is where Java stands in the images.
const JavaHome = "/usr/lib/jvm/java-17-openjdk-" + runtime.GOARCH

//go:embed entrypoint.sh
var entrypoint []byte

// Entrypoint is the script that images of Spark start with.
func Entrypoint() []byte { return entrypoint }

// passwd is the user of Spark's own Dockerfile.
const passwd = "spark:x:185:0:spark:/opt/spark:/bin/bash\n"

// User is whom an image runs as. Tag follows the version in its tag.
type User struct {
	Tag, Config string
	UID         int64
}

// Users are those of Spark's own Dockerfile, of the official images, which name theirs without a number, and of an image without an entry in
// /etc/passwd for its user, which the entrypoint brings.
func Users() (own, named, nameless User) {
	return User{"", "185", 185}, User{"-named", "spark", 185}, User{"-nameless", "1001", 1001}
}

// Spark is the image of one version: root is a Debian root with Packages, home an unpacked PySpark distribution. What the folders jobs hold
// stands at /opt/jobs.
func Spark(version string, user User, root, home string, jobs ...string) (Image, error) {
	users, err := os.ReadFile(filepath.Join(root, "etc/passwd"))
	if err != nil {
		return Image{}, err
	}
	zips, err := filepath.Glob(filepath.Join(home, "lib", "py4j-*-src.zip"))
	if err != nil || len(zips) != 1 {
		return Image{}, fmt.Errorf("%s/lib has %d archives of py4j", home, len(zips))
	}
	const spark = "/opt/spark"
	python := []string{spark + "/python", spark + "/python/lib/" + filepath.Base(zips[0])}
	own := []Source{
		// Without an entry for its user, and without nss_wrapper, the driver ends at once: "basedir must be absolute: ?/.ivy2".
		{Data: append(users, passwd...), At: "etc/passwd", Mode: 0o644},
		{Data: entrypoint, At: "opt/entrypoint.sh", Mode: 0o755},
		{Folder: true, At: "opt/spark/conf", Mode: 0o755}, {Folder: true, At: "opt/spark/work-dir", Mode: 0o777},
	}
	for _, folder := range jobs {
		own = append(own, Source{From: folder, At: "opt/jobs"})
	}
	return Image{
		Name: Repository + ":" + version + user.Tag,
		Config: Config{
			User: user.Config, WorkingDir: spark + "/work-dir", Entrypoint: []string{"/opt/entrypoint.sh"},
			Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "SPARK_HOME=" + spark, "JAVA_HOME=" + JavaHome,
				"PYSPARK_PYTHON=python3", "PYTHONPATH=" + strings.Join(python, ":")},
		},
		Layers: []Layer{
			{Name: filepath.Base(root), Sources: []Source{{From: root, At: ".", Keep: true}}},
			{Name: "spark-" + version, Sources: []Source{
				{From: filepath.Join(home, "deps/bin"), At: "opt/spark/bin"}, {From: filepath.Join(home, "deps/sbin"), At: "opt/spark/sbin"},
				{From: filepath.Join(home, "deps/jars"), At: "opt/spark/jars"}, {From: filepath.Join(home, "pyspark"), At: "opt/spark/python/pyspark"},
				{From: filepath.Join(home, "lib"), At: "opt/spark/python/lib"},
			}},
			{Sources: own},
		},
	}, nil
}
