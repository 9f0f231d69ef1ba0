#include "patchbay/cli/app.hpp"

#include <fmt/format.h>

#include <exception>

#include "patchbay/cli/about_commands.hpp"
#include "patchbay/cli/config_commands.hpp"
#include "patchbay/cli/doctor.hpp"
#include "patchbay/cli/help.hpp"
#include "patchbay/cli/settings.hpp"
#include "patchbay/cli/words.hpp"

namespace patchbay {
namespace {

// What is known of the global flags before all words are understood: enough to say what is wrong
// with them in the form that was asked for.
OutputOptions early_options(const Process& process) {
  Globals globals;
  const std::string_view variable = process.variable("PATCHBAY_JSON").value_or("");
  globals.json = variable == "1" || variable == "true";
  const std::string* before = nullptr;
  for (const std::string& word : process.words) {
    if (word == "--") break;
    const bool follows_color = before != nullptr && *before == "--color";
    if (word == "--json") globals.json = true;
    if (word == "--color=always" || (follows_color && word == "always")) {
      globals.color = ColorWhen::always;
    }
    if (word == "--color=never" || (follows_color && word == "never")) {
      globals.color = ColorWhen::never;
    }
    before = &word;
  }
  return output_options(globals, process);
}

int refuse(const Process& process, const Failure& failure) {
  Output out(early_options(process));
  return out.finish(out.fail(failure, exit_usage));
}

int show_page(const Process& process, const Globals& globals, const Command& root,
              const Command& command, HelpWanted wanted) {
  OutputOptions options = output_options(globals, process);
  options.json = false;
  Output out(options);
  const PageStyle style{.columns = page_columns(process), .output = &out};
  out.print(wanted == HelpWanted::full ? full_help(root, command, style)
                                       : brief_help(root, command, style));
  return out.finish(exit_ok);
}

int show_version(const Process& process) {
  Output out(OutputOptions{.out_fd = process.out_fd, .err_fd = process.err_fd});
  out.print(fmt::format("patchbay {}", program_version()));
  return out.finish(exit_ok);
}

void note_unknown_keys(const Command& root, const Settings& settings, Output& out) {
  for (const UnknownSetting& unknown : unknown_keys(root, settings)) {
    out.note(fmt::format("note: {}: there is no setting '{}'{}", unknown.where, unknown.name,
                         unknown.nearest.empty() ? "" : "; did you mean " + unknown.nearest + "?"));
  }
}

int run_command(const Process& process, const Command& root, const Command& command,
                const Globals& globals, const Settings& settings) {
  Output out(output_options(globals, process));
  note_unknown_keys(root, settings, out);
  if (!command.is_plain_text()) {
    out.start(command.path(), program_version(), command.schema());
  }
  int code = exit_failed;
  try {
    code = command.run(out);
  } catch (const std::exception& fault) {  // ours do not throw, but memory can run out
    out.fail(Failure("the command broke off", fault.what(), {}));
  }
  return out.finish(code);
}

int run_parsed(const Process& process, Command& root, Command& command, Globals& globals,
               const Given& given) {
  if (given.version) return show_version(process);
  // Broken settings must not keep anybody from reading the help.
  if (given.help != HelpWanted::none) return show_page(process, globals, root, command, given.help);
  if (!command.runs() && !given.arguments.empty()) {
    return refuse(process, Failure(fmt::format("there is no command '{}'", given.arguments.front()),
                                   {}, "patchbay -h"));
  }
  const auto settings = Settings::read(process);
  if (!settings) return refuse(process, settings.error());
  if (auto set = assign_flags(root, given, *settings); !set) return refuse(process, set.error());
  if (!command.runs()) return show_page(process, globals, root, command, HelpWanted::brief);
  if (auto set = assign_flags(command, given, *settings); !set) {
    return refuse(process, set.error());
  }
  if (auto set = assign_arguments(command, given.arguments); !set) {
    return refuse(process, set.error());
  }
  return run_command(process, root, command, globals, *settings);
}

}  // namespace

std::string_view program_version() { return PATCHBAY_VERSION; }

void declare_all(Command& root, Globals& globals, const Process& process,
                 std::span<const Declare> tools) {
  declare_globals(root, globals);
  for (const Declare declare : tools) declare(root);
  const Surroundings about{.process = process, .root = root, .version = program_version()};
  declare_doctor(root);
  declare_config(root, about);
  declare_completion(root, about);
  declare_man(root, about);
  declare_help(root, about);
}

int run_patchbay(const Process& process, std::span<const Declare> tools) {
  Globals globals;
  Command root("patchbay", "a network engineer's workbench", nullptr);
  declare_all(root, globals, process, tools);
  const auto route = find_command(root, process.words);
  if (!route) return refuse(process, route.error());
  const auto given = sort_words(root, *route->command, route->rest);
  if (!given) return refuse(process, given.error());
  return run_parsed(process, root, *route->command, globals, *given);
}

}  // namespace patchbay
