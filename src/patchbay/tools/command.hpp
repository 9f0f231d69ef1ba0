// Command: what a tool declares, once, about a command: flags, arguments, examples, exit codes.
// Help, man pages, completions, settings files and the environment are all made from it.
//
//   // tools/echo/echo_cli.hpp
//   void declare_tcp(Command& patchbay);
//
//   // tools/echo/echo_cli.cpp
//   struct ServeFlags {                          // defaults stand here and appear in the help
//     std::string listen = "127.0.0.1:5000";
//     std::optional<std::string> reply;          // optional: no default, "not given" can be told
//     std::uint32_t max_clients = 10'000;
//     Duration idle = 5min;
//   };
//   int run_serve(const ServeFlags& flags, Output& out);      // returns an ExitCode
//
//   void declare_tcp(Command& patchbay) {
//     Command& tcp = patchbay.group("tcp", "serve and connect over TCP");
//     tcp.example("patchbay tcp serve 5000", "echo on 127.0.0.1:5000");
//
//     auto [serve, o] = tcp.add("serve", "answer TCP clients", run_serve);
//     serve.argument("[ADDR:]PORT", endpoint(o.listen), "where to listen");
//     serve.flag("-r, --reply TEMPLATE", text(o.reply), "answer with TEMPLATE; {} is what came")
//         .excludes("service");
//     serve.flag("--service NAME", choice(o.service, {"echo", "discard"}), "a small service");
//     serve.flag("--once", toggle(o.once), "close after the first answer");
//     serve.section("Limits");                   // what follows is left out of the short help
//     serve.flag("--max-clients N", count(o.max_clients, 1, 1'000'000), "clients at a time");
//     serve.flag("--idle TIME", duration(o.idle), "close a client that is silent so long");
//     serve.example("patchbay tcp serve 5000 --reply 'got: {}'", "answer each message");
//     serve.exit_code(10, "the certificate has expired");
//     serve.describe("Long text of --help and the man page. Blank lines part paragraphs.");
//   }
//
// Every flag is also PATCHBAY_TCP_SERVE_MAX_CLIENTS in the environment and `max-clients = …` under
// [tcp.serve] in config.toml; nothing needs to be said for that. -h, --help, --version, --json,
// --stats, -v, -q and --color belong to every command and reach the tool through Output.
// There is no value for secrets on purpose: take a file (--password-file F), never a word.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "patchbay/tools/outcome.hpp"
#include "patchbay/tools/value.hpp"

namespace patchbay {

class Output;

// One flag or argument. The strings are those the help prints.
struct Flag {
  std::string name;        // "max-clients"; for an argument its value_name
  char letter = 0;         // 'r' of -r
  std::string value_name;  // "N"; empty for a toggle
  std::string help;        // lower case, no full stop
  std::string section;     // heading in the full help; empty for the common ones
  Value value;
  std::vector<std::string> aliases;   // other spellings, complete with their dashes
  std::vector<std::string> rivals;    // names of flags that cannot stand beside this one
  std::vector<std::string> partners;  // names of flags that must stand beside this one
  bool is_required = false;
  bool is_repeated = false;
  bool in_settings = true;  // may come from the environment and from config.toml

  // Also accepted and shown nowhere: a rival's spelling ("-oX") or a former name ("--timeout-ms").
  // "-PS[80]" has its value right behind it, as in "-PS22", and is "-PS80" with nothing there.
  // Toggles of two letters go together: "-sSU" is "-sS" and "-sU".
  Flag& alias(std::string spelling);
  Flag& excludes(std::string other);
  Flag& needs(std::string other);
  Flag& required();
  // Only on the command line: for what makes no sense as a lasting setting (--once, --yes).
  Flag& not_a_setting();

  bool takes_value() const {
    return value.kind != ValueKind::toggle && value.kind != ValueKind::tally;
  }
};

// A flag of another program, which people have in their fingers, that there is none of here.
struct ForeignFlag {
  std::string spelling;  // complete with its dashes: "-O", "--script"
  std::string why;       // … it is not there, and what to do instead: as in a Failure
  std::string remedy;
};

struct Example {
  std::string line;   // "patchbay tcp serve 5000"
  std::string about;  // "echo on 127.0.0.1:5000"
};

struct OwnExitCode {
  int code;
  std::string about;
};

// A command with its options struct, as Command::add returns it: `auto [serve, o] = …`.
template <class Options>
struct Declared;

// A node of the tree: the root, a group (`tcp`) or a command that runs (`tcp serve`).
class Command {
 public:
  Command(std::string name, std::string summary, Command* parent);
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  // A command that holds others and does not run by itself.
  Command& group(std::string name, std::string summary);

  // A command that runs. Its options struct is made here with its defaults and lives as long as
  // the command. `run` is called at most once, after all flags are set.
  template <class Options>
  Declared<Options> add(std::string name, std::string summary, int (*run)(const Options&, Output&));

  // "-r, --reply TEMPLATE": a letter if there is one, the name, the value's name if it takes one.
  Flag& flag(std::string_view spelling, Value value, std::string help);
  // A word by its place. "HOST:PORT" must be given; "[PORT]", and a field that is optional or has a
  // default, may be left out. A vector takes all words that are left, and "[FILE]…" may be none.
  Flag& argument(std::string value_name, Value value, std::string help);

  // Whoever types it, or one that begins so ("-O2", "--script-args"), is told. Shown nowhere else.
  Command& foreign_flag(std::string spelling, std::string why, std::string remedy);

  Command& section(std::string title);
  Command& example(std::string line, std::string about);
  Command& exit_code(int code, std::string about);
  Command& describe(std::string paragraphs);
  Command& see_also(std::string man_page);  // "nc(1)"
  // The version of its JSON lines; grows with every breaking change. Starts at 1.
  Command& schema(int version);
  // Its output is a text for people or for a shell, also with --json: no start and end lines.
  Command& plain_text();
  Command& hide();  // works, but is listed nowhere

  // What help, man, completion and the parser walk.
  const std::string& name() const { return name_; }
  const std::string& summary() const { return summary_; }
  const std::string& description() const { return description_; }
  Command* parent() const { return parent_; }
  bool runs() const { return static_cast<bool>(run_); }
  bool is_hidden() const { return hidden_; }
  bool is_plain_text() const { return plain_text_; }
  int schema() const { return schema_; }
  std::list<Command>& commands() { return commands_; }
  const std::list<Command>& commands() const { return commands_; }
  std::deque<Flag>& flags() { return flags_; }
  const std::deque<Flag>& flags() const { return flags_; }
  std::deque<Flag>& arguments() { return arguments_; }
  const std::deque<Flag>& arguments() const { return arguments_; }
  const std::vector<ForeignFlag>& foreign_flags() const { return foreign_flags_; }
  const std::vector<Example>& examples() const { return examples_; }
  const std::vector<OwnExitCode>& exit_codes() const { return exit_codes_; }
  const std::vector<std::string>& related() const { return related_; }

  std::string path(char separator = ' ') const;  // "tcp serve"; empty for the root
  Command* find(std::string_view child);
  const Command* find(std::string_view child) const;

  int run(Output& out) const { return run_(out); }

 private:
  Command& child(std::string name, std::string summary);

  std::string name_, summary_, description_, section_;
  Command* parent_;
  std::list<Command> commands_;
  std::deque<Flag> flags_, arguments_;
  std::vector<ForeignFlag> foreign_flags_;
  std::vector<Example> examples_;
  std::vector<OwnExitCode> exit_codes_;
  std::vector<std::string> related_;
  std::shared_ptr<void> options_;
  std::function<int(Output&)> run_;
  int schema_ = 1;
  bool plain_text_ = false;
  bool hidden_ = false;
};

template <class Options>
struct Declared {
  Command& command;
  Options& options;
};

template <class Options>
Declared<Options> Command::add(std::string name, std::string summary,
                               int (*run)(const Options&, Output&)) {
  Command& added = child(std::move(name), std::move(summary));
  auto options = std::make_shared<Options>();
  added.options_ = options;
  added.run_ = [run, raw = options.get()](Output& out) { return run(*raw, out); };
  return {added, *options};
}

}  // namespace patchbay
