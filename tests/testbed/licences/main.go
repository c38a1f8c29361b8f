// Says which licences the licence files of packages hold: reads folders, one a line, and writes for each
// a line of JSON with every licence file in it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// A file whose name says that it holds a licence: LICENSE, LICENCE.md, MIT-LICENSE.txt, COPYING.LESSER …
var named = regexp.MustCompile(`(?i)^((mit|apache|bsd)[-_.])?(licen[cs]es?|copying|unlicense)([-_.][^/]*)?$`)

// Ends of names that are code about licences, not a licence's text.
var code = []string{".go", ".c", ".h", ".js", ".ts", ".py", ".rs", ".json", ".yaml", ".yml", ".tmpl", ".html"}

// found is a licence file: its path in the folder, the licences that its text holds (SPDX), and how much
// of the text, in per cent of its words, these licences are.
type found struct {
	Path     string   `json:"path"`
	Licences []string `json:"licences"`
	Percent  float64  `json:"percent"`
}

type answer struct {
	Folder string  `json:"folder"`
	Files  []found `json:"files"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	encoder := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		files, err := licences(lines.Text())
		if err != nil {
			return err
		}
		if err := encoder.Encode(answer{lines.Text(), files}); err != nil {
			return err
		}
	}
	return lines.Err()
}

// licences reads every licence file of a folder and of those in it, but for what Go never builds: hidden
// folders and test data.
func licences(folder string) ([]found, error) {
	files := []found{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != folder && (name == "testdata" || strings.ContainsRune("._", rune(name[0]))):
			return fs.SkipDir
		case !entry.Type().IsRegular() || !named.MatchString(name) || slices.Contains(code, filepath.Ext(name)):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		files = append(files, classify(filepath.ToSlash(file), text))
		return nil
	})
	return files, err
}

func classify(path string, text []byte) found {
	coverage := licensecheck.Scan(text)
	file := found{path, []string{}, coverage.Percent}
	for _, match := range coverage.Match {
		if !slices.Contains(file.Licences, match.ID) {
			file.Licences = append(file.Licences, match.ID)
		}
	}
	return file
}
