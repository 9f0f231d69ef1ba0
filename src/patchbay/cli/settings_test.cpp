#include "patchbay/cli/settings.hpp"

#include <gtest/gtest.h>

#include "patchbay/cli/sample_tree.hpp"

namespace patchbay {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

constexpr const char* variable = "PATCHBAY_SAMPLE_SERVE_MAX_CLIENTS=30";

TEST(Settings, EachSourceWinsOverTheNext) {
  const TemporaryFile user("[sample.serve]\nmax-clients = 20\n");
  const TemporaryFile system("[sample.serve]\nmax-clients = 10\nhex = true\n");
  const auto clients = [](const Ran& ran) {
    const std::size_t at = ran.out.find("max_clients=");
    return at == std::string::npos ? ran.err
                                   : ran.out.substr(at + 12, ran.out.find('\n', at) - at - 12);
  };
  const std::vector<std::string> plain = {"sample", "serve"};
  const std::vector<std::string> flagged = {"sample", "serve", "--max-clients", "40"};
  EXPECT_EQ(clients(run_sample(plain)), "100");
  EXPECT_EQ(clients(run_sample(plain, {}, "", system.path())), "10");
  EXPECT_EQ(clients(run_sample(plain, {}, user.path(), system.path())), "20");
  EXPECT_EQ(clients(run_sample(plain, {variable}, user.path(), system.path())), "30");
  EXPECT_EQ(clients(run_sample(flagged, {variable}, user.path(), system.path())), "40");
  // What the user's file does not mention still comes from the host's.
  EXPECT_TRUE(has(run_sample(plain, {}, user.path(), system.path()).out, "hex=true"));
}

TEST(Settings, OfTwoThatContradictTheStrongerPlaceWins) {
  const TemporaryFile file("[sample.serve]\nreply = \"a {}\"\n");
  const std::vector<std::string> plain = {"sample", "serve"};
  const Ran ran = run_sample(plain, {"PATCHBAY_SAMPLE_SERVE_SERVICE=echo"}, file.path());
  EXPECT_TRUE(has(ran.out, "reply=none")) << ran.out;
  EXPECT_TRUE(has(ran.out, "service=echo")) << ran.out;

  const Ran refused =
      run_sample(plain, {"PATCHBAY_SAMPLE_SERVE_SERVICE=echo", "PATCHBAY_SAMPLE_SERVE_REPLY=a"});
  EXPECT_EQ(refused.code, exit_usage);
  EXPECT_TRUE(has(refused.err, "PATCHBAY_SAMPLE_SERVE_REPLY and PATCHBAY_SAMPLE_SERVE_SERVICE"))
      << refused.err;

  const TemporaryFile nothing("verbose = 0\nquiet = true\n");
  EXPECT_EQ(run_sample(plain, {}, nothing.path()).code, exit_ok);
}

TEST(Settings, ShowTellsTheOrigin) {
  const TemporaryFile user(
      "color = \"never\"\n\n[sample.serve]\nidle = \"10m\"\nmax-clients = 20\n");
  const Ran ran = run_sample({"config", "show", "--origin"}, {variable}, user.path());
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(has(ran.out, "color = \"never\"")) << ran.out;
  EXPECT_TRUE(has(ran.out, "# " + user.path() + ":1\n")) << ran.out;
  EXPECT_TRUE(has(ran.out, "sample.serve.idle = \"10m\"")) << ran.out;
  EXPECT_TRUE(has(ran.out, "# " + user.path() + ":4\n")) << ran.out;
  EXPECT_TRUE(has(ran.out, "sample.serve.max-clients = 30 ")) << ran.out;
  EXPECT_TRUE(has(ran.out, "# PATCHBAY_SAMPLE_SERVE_MAX_CLIENTS\n")) << ran.out;
}

TEST(Settings, ShowAllIsAFileThatMayBeReadAgain) {
  const Ran shown = run_sample({"config", "show", "--all"});
  EXPECT_TRUE(has(shown.out, "\n# sample.serve.max-clients = 100\n")) << shown.out;
  EXPECT_TRUE(has(shown.out, "\n# sample.serve.idle = \"5min\"\n")) << shown.out;
  const TemporaryFile file(shown.out);
  const Ran checked = run_sample({"config", "check"}, {}, file.path());
  EXPECT_EQ(checked.code, 0) << checked.out << checked.err;
}

TEST(Settings, CheckFindsEveryMistakeWithItsPlace) {
  const TemporaryFile user("colour = \"never\"\n[sample.serve]\nmax-cleints = 20\nidle = \"5\"\n");
  const TemporaryFile system("[sample.serve]\nonce = true\nmax-clients = 0\n");
  const Ran ran =
      run_sample({"config", "check"}, {"PATCHBAY_JOSN=1", "PATCHBAY_STATS=maybe", "HOME=/"},
                 user.path(), system.path());
  EXPECT_EQ(ran.code, 2);  // a global setting is wrong: every command says so
  const Ran rest = run_sample({"config", "check"}, {"PATCHBAY_JOSN=1"}, user.path(), system.path());
  EXPECT_EQ(rest.code, 1) << rest.err;
  EXPECT_TRUE(has(rest.out, user.path() + ":1: there is no setting 'colour'; did you mean color?"))
      << rest.out;
  EXPECT_TRUE(has(rest.out, user.path() + ":3: there is no setting 'sample.serve.max-cleints'; did "
                                          "you mean sample.serve.max-clients?"))
      << rest.out;
  EXPECT_TRUE(has(rest.out, user.path() + ":4: sample.serve.idle cannot be '5'")) << rest.out;
  EXPECT_TRUE(has(rest.out, system.path() + ":2: there is no setting 'sample.serve.once'"))
      << rest.out;
  EXPECT_TRUE(has(rest.out, system.path() + ":3: sample.serve.max-clients cannot be '0'"))
      << rest.out;
  EXPECT_TRUE(has(rest.out,
                  "environment: there is no setting 'PATCHBAY_JOSN'; did you mean "
                  "PATCHBAY_JSON?"))
      << rest.out;
}

TEST(Settings, AnUnknownKeyIsNotedAndTheCommandRuns) {
  const TemporaryFile user("[sample.serve]\nmax-cleints = 20\n");
  const Ran ran = run_sample({"sample", "serve"}, {}, user.path());
  EXPECT_EQ(ran.code, 0);
  EXPECT_TRUE(has(ran.err, user.path() + ":2: there is no setting")) << ran.err;
  EXPECT_EQ(run_sample({"sample", "serve", "-q"}, {}, user.path()).err, "");
}

TEST(Settings, AWrongValueOrFileStopsTheCommandAndNamesThePlace) {
  const TemporaryFile value("[sample.serve]\nidle = 5\n");
  Ran ran = run_sample({"sample", "serve"}, {}, value.path());
  EXPECT_EQ(ran.code, 2);
  EXPECT_TRUE(has(ran.err, value.path() + ":2: sample.serve.idle cannot be '5'")) << ran.err;

  const TemporaryFile broken("a = 1\n[sample\n");
  ran = run_sample({"sample", "serve"}, {}, broken.path());
  EXPECT_EQ(ran.code, 2);
  EXPECT_TRUE(has(ran.err, broken.path() + ":2 is not TOML")) << ran.err;
  EXPECT_EQ(run_sample({"sample", "serve", "-h"}, {}, broken.path()).code, 0);

  ran = run_sample({"sample", "serve"}, {}, "/proc/self/mem");
  EXPECT_EQ(ran.code, 2);
  EXPECT_TRUE(has(ran.err, "/proc/self/mem")) << ran.err;
}

TEST(Settings, ListsComeFromArraysAndCommas) {
  const TemporaryFile user("[sample.serve]\nallow = [\"a\", \"b\"]\n");
  EXPECT_TRUE(has(run_sample({"sample", "serve"}, {}, user.path()).out, "allow=a+b\n"));
  EXPECT_TRUE(
      has(run_sample({"sample", "serve"}, {"PATCHBAY_SAMPLE_SERVE_ALLOW=c,d"}, user.path()).out,
          "allow=c+d\n"));
  EXPECT_TRUE(
      has(run_sample({"sample", "serve", "--allow", "e"}, {}, user.path()).out, "allow=e\n"));
  const TemporaryFile list("[sample.serve]\nmax-clients = [1, 2]\n");
  EXPECT_EQ(run_sample({"sample", "serve"}, {}, list.path()).code, 2);
}

TEST(Settings, TheCommandLineOverrulesWhatContradictsIt) {
  const Ran ran = run_sample({"sample", "serve", "-v"}, {"PATCHBAY_QUIET=1"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(has(ran.err, "a note")) << ran.err;
}

TEST(Settings, TheUsersFileFollowsTheBaseDirectorySpecification) {
  Process process;
  process.environment = {"XDG_CONFIG_HOME=/x", "HOME=/somebody"};
  EXPECT_EQ(user_settings_path(process), "/x/patchbay/config.toml");
  process.environment = {"XDG_CONFIG_HOME=relative", "HOME=/somebody"};
  EXPECT_EQ(user_settings_path(process), "/somebody/.config/patchbay/config.toml");
  process.environment = {"XDG_CONFIG_HOME="};
  EXPECT_EQ(user_settings_path(process), "");
}

}  // namespace
}  // namespace patchbay
