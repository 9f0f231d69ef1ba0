#include "patchbay/cli/about_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "patchbay/base/text.hpp"
#include "patchbay/cli/completion.hpp"
#include "patchbay/cli/help.hpp"
#include "patchbay/cli/layout.hpp"
#include "patchbay/cli/man.hpp"
#include "patchbay/cli/topics.hpp"
#include "patchbay/tools/suggest.hpp"

namespace patchbay {
namespace {

struct AboutFlags {
  std::optional<Surroundings> about;
  std::vector<std::string> words;
  std::string shell;
  bool list = false;
};

// The command that the words name, or nothing.
const Command* named(const Command& root, const std::vector<std::string>& words) {
  const Command* command = &root;
  for (const std::string& word : words) {
    command = command->find(word);
    if (command == nullptr) return nullptr;
  }
  return command;
}

std::vector<std::string> names_below(const Command& root) {
  std::vector<std::string> names;
  for (const Command& command : root.commands()) {
    if (!command.is_hidden()) names.push_back(command.name());
  }
  return names;
}

std::vector<std::string> helpful_names(const Command& root) {
  std::vector<std::string> names = names_below(root);
  for (const Topic& topic : topics()) names.emplace_back(topic.name);
  return names;
}

std::string spoken(const std::vector<std::string>& words) {
  return escape_terminal(fmt::format("{}", fmt::join(words, " ")));
}

int unknown(const std::vector<std::string>& words, const std::vector<std::string>& known,
            std::string_view command, Output& out) {
  const std::string near = nearest(words.front(), known);
  return out.fail(Failure(fmt::format("there is no page about '{}'", spoken(words)),
                          near.empty() ? std::string() : fmt::format("the nearest is '{}'", near),
                          near.empty() ? std::string("patchbay help")
                                       : fmt::format("patchbay {} {}", command, near)),
                  exit_usage);
}

std::string list_of_topics(const Command& root, const PageStyle& style) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Topic& topic : topics()) {
    rows.emplace_back(fmt::format("patchbay help {}", topic.name), topic.summary);
  }
  return map_of_tools(root, style) + '\n' + style.heading("Topics:") + '\n' +
         two_columns(rows, style.columns, 40);
}

int run_help(const AboutFlags& flags, Output& out) {
  const Command& root = flags.about->root;
  const PageStyle style{.columns = page_columns(flags.about->process), .output = &out};
  if (flags.words.empty()) {
    out.write(list_of_topics(root, style));
    return exit_ok;
  }
  // `config` is both: the topic comes first, the command behind it.
  const Topic* topic = flags.words.size() == 1 ? find_topic(flags.words.front()) : nullptr;
  const Command* command = named(root, flags.words);
  if (topic == nullptr && command == nullptr) {
    return unknown(flags.words, helpful_names(root), "help", out);
  }
  std::string page;
  if (topic != nullptr) page = topic->page(root, style);
  if (topic != nullptr && command != nullptr) page += '\n';
  if (command != nullptr) page += full_help(root, *command, style);
  out.write(page);
  return exit_ok;
}

int run_completion(const AboutFlags& flags, Output& out) {
  const Command& root = flags.about->root;
  if (flags.shell == "bash") out.write(bash_completion(root));
  if (flags.shell == "zsh") out.write(zsh_completion(root));
  if (flags.shell == "fish") out.write(fish_completion(root));
  return exit_ok;
}

int run_man(const AboutFlags& flags, Output& out) {
  const Command& root = flags.about->root;
  if (flags.list) {
    for_each_listed(root, [&](const Command& command) {
      const bool is_root = command.parent() == nullptr;
      out.write(is_root ? "patchbay\n" : fmt::format("patchbay {}\n", command.path()));
    });
    return exit_ok;
  }
  const Command* command = named(root, flags.words);
  if (command == nullptr) return unknown(flags.words, names_below(root), "man", out);
  out.write(man_page(root, *command, flags.about->version));
  return exit_ok;
}

}  // namespace

std::size_t page_columns(const Process& process) {
  constexpr std::size_t narrowest = 40;
  constexpr std::size_t widest = 100;
  return std::clamp<std::size_t>(process.columns, narrowest, widest);
}

void declare_help(Command& root, const Surroundings& about) {
  auto [help, o] = root.add("help", "about a command or a topic", run_help);
  o.about.emplace(about);
  Value words = text(o.words);
  words.choices = helpful_names(root);
  help.argument("[TOPIC]…", std::move(words),
                "a command, or config, environment, exit-codes, formats");
  help.example("patchbay help config", "where settings come from");
  help.example("patchbay help doctor", "all about a command");
  help.plain_text();
}

void declare_completion(Command& root, const Surroundings& about) {
  auto [completion, o] = root.add("completion", "completion for your shell", run_completion);
  o.about.emplace(about);
  Value shell = choice(o.shell, {"bash", "zsh", "fish"});
  completion.argument("SHELL", std::move(shell), "whose completion to print");
  completion.example("source <(patchbay completion bash)", "for the bash you are in");
  completion.example("patchbay completion zsh > ~/.zfunc/_patchbay", "a folder of $fpath");
  completion.example("patchbay completion fish > ~/.config/fish/completions/patchbay.fish",
                     "for every fish");
  completion.plain_text();
}

void declare_man(Command& root, const Surroundings& about) {
  auto [man, o] = root.add("man", "manual pages in roff", run_man);
  o.about.emplace(about);
  Value words = text(o.words);
  words.choices = names_below(root);
  man.argument("[COMMAND]…", std::move(words), "the command; without it, the page of patchbay");
  man.flag("--list", toggle(o.list), "name the commands that have a page").not_a_setting();
  man.example("patchbay man doctor | man -l -", "read a page that is not installed");
  man.example("patchbay man > patchbay.1", "keep one");
  man.plain_text();
}

}  // namespace patchbay
