// Package workdir copies working directories for tasks, by content: what .gitignore names stays
// behind, and what has been copied before is not copied again.
//
//	dir, hash, err := workdir.NewStore(session).Add("/home/me/project")
//
// Mental model:
//
//   - A Store is a folder of files, each named after its content, and of trees.
//   - A tree is a working directory at one moment, named after the names and contents of all its
//     files, which are hard links to those of the store: two trees share what is equal in them.
//   - A command that has no working directory may still name a file that it needs, "goray run x.go":
//     Script and Program find it.
//   - Files are read-only: they belong to every tree that has them. New files may be written.
package workdir
