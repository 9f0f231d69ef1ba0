// For tests: a command as the command line runs it, from its words to what it prints.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "patchbay/tools/command.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

struct CommandRan {
  int code;
  std::string out;
  std::string err;
};

// A flag's name and its word; "" names an argument.
using CommandWords = std::vector<std::pair<std::string, std::string>>;

// Reads the file and closes it.
inline std::string content_of(int file) {
  std::string text(static_cast<std::size_t>(lseek(file, 0, SEEK_END)), '\0');
  EXPECT_EQ(pread(file, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  close(file);
  return text;
}

inline CommandRan run_command(Command& command, const CommandWords& words,
                              OutputOptions options = {}) {
  for (const auto& [name, word] : words) {
    auto& list = name.empty() ? command.arguments() : command.flags();
    for (Flag& flag : list) {
      if (!name.empty() && flag.name != name) continue;
      const auto assigned = flag.value.assign(word);
      EXPECT_TRUE(assigned) << name << ": " << assigned.error().why;
    }
  }
  options.out_fd = memfd_create("out", MFD_CLOEXEC);
  options.err_fd = memfd_create("err", MFD_CLOEXEC);
  Output out(options);
  out.start(command.path(), "0", command.schema());
  const int code = out.finish(command.run(out));
  return {code, content_of(options.out_fd), content_of(options.err_fd)};
}

}  // namespace patchbay
