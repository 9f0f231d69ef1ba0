// ScanSink: a file that an output of a scan is written to, or stdout.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "patchbay/base/result.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

struct ScanSinkOptions {
  // Appears under its name only when finish() is called. Otherwise it is a stream of lines that
  // stands there from the beginning.
  bool document = false;
  bool append = false;  // streams only
};

// A failure to write is told once, through Output; from then on nothing more is written, and the
// scan goes on for the other outputs.
class ScanSink {
 public:
  // "-" is stdout. Something that is no regular file, as /dev/stderr or a pipe, is written to at
  // once. Nothing that was in the file is lost before begin(). Faults: storage, permission, system.
  static Result<std::unique_ptr<ScanSink>> open(const std::string& path, ScanSinkOptions options,
                                                Output& out);
  ~ScanSink();  // what did not come as far as finish(), or begin(), leaves nothing behind
  ScanSink(const ScanSink&) = delete;
  ScanSink& operator=(const ScanSink&) = delete;

  bool is_stdout() const { return is_stdout_; }
  // Nobody sees it before it is finished.
  bool is_document() const { return options_.document; }
  // The same for two names of one file; empty where many may write: stdout, devices, pipes.
  const std::string& identity() const { return identity_; }

  void begin();                       // what was there is lost, unless it is appended to
  void write(std::string_view text);  // whole lines
  void flush();                       // to the kernel
  void finish();                      // a document gets its name
  bool failed() const { return failed_; }

 private:
  ScanSink(std::string path, ScanSinkOptions options, Output& out);

  Result<> open_stream();
  Result<> open_document();
  void fail();

  static constexpr std::size_t k_most_pending = 64 * 1024;

  std::string path_;
  ScanSinkOptions options_;
  Output& out_;
  std::string identity_;
  std::string beside_;  // of a document: the name that it is written under
  std::string pending_;
  int descriptor_ = -1;
  bool is_stdout_ = false;
  bool is_regular_ = false;
  bool is_new_ = false;  // this made the file
  bool begun_ = false;
  bool failed_ = false;
};

}  // namespace patchbay
