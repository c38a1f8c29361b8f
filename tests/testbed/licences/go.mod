// Says which licences the licence files of packages hold, for scripts/licences.sh.
module ginkgo.test/testbed/licences

go 1.26.5

require github.com/google/licensecheck v0.3.1
