// Output: where a command's words go. Results on stdout; notes, progress and errors on stderr.
//
// A tool's run function gets one and asks it little: `json()`, `stats()`, and `out_is_terminal()`
// where a peer's bytes are the result:
//
//   auto served = co_await …;
//   if (!served) return out.fail(served.error());            // three sentences, and the exit code
//   out.emit(Record("reply").text("peer", peer).bytes("received_bytes", n),
//            fmt::format("{} answered {} bytes", escaped(peer), n));
//   out.totals().count("clients", clients);                  // members of the last JSON line
//   return exit_ok;
//
// The command line writes the first and the last line of the JSON stream; the tool writes what is
// between. A line is one write(2), into a pipe or terminal one for each PIPE_BUF of it, so that
// lines of several threads and programs do not mix and a killed run leaves whole lines.
//
// A reader that takes nothing is waited for, until SIGINT or SIGTERM is pending: then the rest of
// the stream is given up, since whoever presses Ctrl-C beside a stopped pager wants to be heard.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "patchbay/base/time.hpp"
#include "patchbay/tools/outcome.hpp"
#include "patchbay/tools/record.hpp"

namespace patchbay {

enum class Tone { plain, bold, dim, good, warning, bad, accent };

struct OutputOptions {
  bool json = false;
  bool stats = false;
  bool quiet = false;      // drops notes and progress; results and errors stay
  int verbose = 0;         // how often -v was given
  bool color_out = false;  // stdout and stderr are judged apart
  bool color_err = false;
  bool progress = false;         // stderr is a terminal
  bool out_is_terminal = false;  // and stdout: somebody reads, so what a peer sent is escaped
  bool err_is_terminal = false;  // and stderr, whatever it can
  int out_fd = 1;                // borrowed; never closed here
  int err_fd = 2;
  WallTime (*wall_clock)() = nullptr;  // null stamps 1970: only tests do that
};

// May be used from any thread.
class Output {
 public:
  explicit Output(const OutputOptions& options);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  bool json() const { return options_.json; }
  bool stats() const { return options_.stats; }
  bool quiet() const { return options_.quiet; }
  int verbose() const { return options_.verbose; }
  bool out_is_terminal() const { return options_.out_is_terminal; }
  bool err_is_terminal() const { return options_.err_is_terminal; }
  bool err_has_color() const { return options_.color_err; }
  WallTime wall_time() const;

  // Texts below may hold escape sequences of style() only: escape what comes from a peer or a file
  // before it goes in. A newline is added where it is missing.

  // One result for people; nothing in JSON mode.
  void print(std::string_view text);
  // One result, as a JSON line or for people. Without `text` people see nothing.
  void emit(const Record& record, std::string_view text = {});
  // Bytes for stdout as they are (`tcp connect` in a pipe), in both modes. False: stdout is gone.
  bool write(std::string_view bytes);

  void note(std::string_view text);               // stderr, unless --quiet
  void detail(int level, std::string_view text);  // stderr, when -v was given `level` times
  void warn(std::string_view text);               // stderr: "warning: …", also when quiet
  // One line that replaces itself, on a terminal only, at most ten times a second of `now`.
  void progress(std::string_view text, Instant now);

  // A failure: "error: …\n  because: …\n  try: …" on stderr. In JSON mode {"type":"error",…} goes
  // into the stream, and to stderr too where that is another file. Returns the exit code. That the
  // user broke it off (Fault::cancelled) is no news and not told.
  int fail(const Error& error);
  int fail(const Failure& failure, int code = exit_failed);

  // Members of the {"type":"end"} line. Call from one thread.
  Record& totals() { return totals_; }
  // Overrides what `complete` in that line says; otherwise exit codes 0 and 5 are complete.
  void complete(bool whole) { complete_ = whole ? 1 : 0; }

  // Text in a tone where the stream has colour, else unchanged.
  std::string style(Tone tone, std::string_view text) const;      // for stdout
  std::string style_err(Tone tone, std::string_view text) const;  // for stderr

  // Stdout cannot be written any more: its reader left, or the disk is full. A command that runs on
  // its own should stop then. Not so when it was given up for a signal, which ends the command
  // anyway.
  bool gone() const;

  // The frame of the stream, called by the command line around a tool. `start` writes nothing
  // outside JSON mode. `finish` writes the last line, and with --stats before it what the process
  // has cost, and returns the code to exit with: a reader that left is no failure of ours, a full
  // disk is exit_failed and says so.
  void start(std::string_view tool, std::string_view version, int schema);
  int finish(int code);
  // As start() was told; empty before.
  const std::string& version() const { return version_; }

 private:
  bool write_out(std::string_view bytes);
  void write_err(std::string_view bytes);
  void put_err(std::string_view bytes);
  void report(const Failure& failure);
  void clear_progress();
  void tell_cost();

  const OutputOptions options_;
  const WallTime began_;
  const bool same_file_;       // stdout and stderr are one: say an error once
  const bool out_has_reader_;  // a pipe, a socket or a terminal: a write may have to wait
  const bool err_has_reader_;
  mutable std::mutex mutex_;
  int broken_ = 0;  // the errno that ended stdout; ECANCELED when it was given up
  bool err_given_up_ = false;
  bool started_ = false;
  std::string version_;
  bool progress_shown_ = false;
  Instant progress_at_ = Instant::min();
  int complete_ = -1;
  Record totals_{"end"};
};

}  // namespace patchbay
