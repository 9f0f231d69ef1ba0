// For tests: a tree with every kind of flag, and runs of the command line that keep their output.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "patchbay/cli/app.hpp"

namespace patchbay {

struct SampleFlags {
  std::string listen = "127.0.0.1:5000";
  std::optional<std::string> reply;
  std::optional<std::string> service;
  std::uint32_t max_clients = 100;
  Duration idle = 5min;
  std::size_t buffer = 65'536;
  std::optional<std::uint64_t> max_rate;
  std::vector<std::string> allow;
  std::string tls_cert;
  std::string tls_key;
  std::string password_file;
  std::string link;
  int code = 0;
  bool once = false;
  bool hex = false;
};

// `patchbay sample serve`: prints its fields, one a line, and returns --code.
void declare_sample(Command& patchbay);

struct Ran {
  int code;
  std::string out;
  std::string err;
};

// Runs `patchbay WORDS…` with the sample as its only tool. Stdout and stderr are two files.
Ran run_sample(std::vector<std::string> words, std::vector<std::string> environment = {},
               const std::string& user_settings = {}, const std::string& system_settings = {});

// The same with stdout at a descriptor of the caller's.
int run_sample_into(int out_fd, int err_fd, std::vector<std::string> words);

// A file with this content, removed at the end of the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// What a shell prints for this script, stderr included, and its exit code.
struct ShellRan {
  int code;
  std::string text;
};
ShellRan run_shell(const std::string& script);
bool has_program(const std::string& name);

}  // namespace patchbay
