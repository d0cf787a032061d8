package image

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// Image is one image: its name with a tag, how it starts, and its layers from the lowest to the highest.
type Image struct {
	Name   string
	Config Config
	Layers []Layer
}

// Config is the part of the OCI image configuration that says how a container starts.
type Config struct {
	User       string   `json:",omitempty"`
	WorkingDir string   `json:",omitempty"`
	Entrypoint []string `json:",omitempty"`
	Env        []string `json:",omitempty"`
}

// Layer is what stands in a layer.
type Layer []Source

// Source puts a file or a folder with all that it holds at a path of the image. A folder's files keep owner and mode if Keep is set; all
// else belongs to root.
type Source struct {
	From, At string
	Keep     bool
	Mode     fs.FileMode // of Data and Folder
	Data     []byte      // instead of From: the file's text
	Folder   bool        // instead of From: an empty folder
}

// Write puts the images into one docker archive. A layer that two images share stands in it once.
func Write(file string, images ...Image) (err error) {
	out, err := os.Create(file + ".part")
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, out.Close())
		if err == nil {
			err = os.Rename(file+".part", file)
		}
	}()
	type named struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	w, written := tar.NewWriter(out), map[string]bool{}
	var manifest []named
	for _, img := range images {
		entry, diffs, history := named{RepoTags: []string{img.Name}}, []string{}, []struct{}{}
		for _, layer := range img.Layers {
			sum, err := layer.add(w, file, written)
			if err != nil {
				return fmt.Errorf("layer of %s: %w", img.Name, err)
			}
			entry.Layers, diffs, history = append(entry.Layers, sum+".tar"), append(diffs, "sha256:"+sum), append(history, struct{}{})
		}
		config, err := json.Marshal(map[string]any{"architecture": runtime.GOARCH, "os": "linux", "config": img.Config,
			"rootfs": map[string]any{"type": "layers", "diff_ids": diffs}, "history": history})
		if err != nil {
			return err
		}
		sum := sha256.Sum256(config)
		entry.Config = hex.EncodeToString(sum[:]) + ".json"
		if err := addFile(w, entry.Config, config); err != nil {
			return err
		}
		manifest = append(manifest, entry)
	}
	text, err := json.Marshal(manifest)
	if err != nil {
		return err
	}
	return errors.Join(addFile(w, "manifest.json", text), w.Close())
}

func addFile(w *tar.Writer, name string, data []byte) error {
	if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(data)), Mode: 0o644}); err != nil {
		return err
	}
	_, err := w.Write(data)
	return err
}

// add writes the layer into the archive, unless it stands there, and gives its digest.
func (l Layer) add(archive *tar.Writer, near string, written map[string]bool) (sum string, err error) {
	temporary, err := os.CreateTemp(filepath.Dir(near), "layer-")
	if err != nil {
		return "", err
	}
	defer os.Remove(temporary.Name())
	defer temporary.Close()
	hash := sha256.New()
	w := tar.NewWriter(io.MultiWriter(temporary, hash))
	for _, source := range l {
		if err := source.write(w); err != nil {
			return "", err
		}
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	sum = hex.EncodeToString(hash.Sum(nil))
	if written[sum] {
		return sum, nil
	}
	written[sum] = true
	size, err := temporary.Seek(0, io.SeekCurrent)
	if err != nil {
		return "", err
	}
	if _, err := temporary.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	if err := archive.WriteHeader(&tar.Header{Name: sum + ".tar", Size: size, Mode: 0o644}); err != nil {
		return "", err
	}
	_, err = io.Copy(archive, temporary)
	return sum, err
}

func (s Source) write(w *tar.Writer) error {
	if s.Data != nil {
		if err := w.WriteHeader(&tar.Header{Name: s.At, Size: int64(len(s.Data)), Mode: int64(s.Mode.Perm())}); err != nil {
			return err
		}
		_, err := w.Write(s.Data)
		return err
	}
	if s.Folder {
		return w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: s.At + "/", Mode: int64(s.Mode.Perm())})
	}
	return filepath.WalkDir(s.From, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		below, err := filepath.Rel(s.From, name)
		if err != nil {
			return err
		}
		link := ""
		switch info.Mode().Type() {
		case fs.ModeSymlink:
			if link, err = os.Readlink(name); err != nil {
				return err
			}
		case 0, fs.ModeDir:
		default: // a container has its own devices
			return nil
		}
		h, err := tar.FileInfoHeader(info, link)
		if err != nil {
			return err
		}
		h.Name = path.Join(s.At, filepath.ToSlash(below))
		if info.IsDir() {
			h.Name += "/"
		}
		owner := info.Sys().(*syscall.Stat_t)
		h.Uid, h.Gid, h.Uname, h.Gname = int(owner.Uid), int(owner.Gid), "", ""
		h.AccessTime, h.ChangeTime, h.Format = time.Time{}, time.Time{}, tar.FormatPAX
		if !s.Keep {
			h.Uid, h.Gid = 0, 0
		}
		if err := w.WriteHeader(h); err != nil || !info.Mode().IsRegular() {
			return err
		}
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		_, err = io.Copy(w, file)
		return err
	})
}
