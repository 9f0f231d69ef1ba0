#include "patchbay/wire/form_disposition.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

using namespace std::string_literals;

void expect_names(std::string_view value, std::string_view name,
                  std::optional<std::string> filename = {}) {
  const auto disposition = parse_form_disposition(value);
  ASSERT_TRUE(disposition) << value << ": " << disposition.error().describe();
  EXPECT_EQ(disposition->name, name) << value;
  EXPECT_EQ(disposition->filename, filename) << value;
}

void expect_refused(std::string_view value, std::string_view why) {
  const auto disposition = parse_form_disposition(value);
  ASSERT_FALSE(disposition) << value;
  EXPECT_EQ(disposition.error().fault(), Fault::protocol);
  EXPECT_EQ(disposition.error().why(), why) << value;
}

TEST(FormDisposition, ReadsTheExamplesOfTheRfc) {
  expect_names(R"(form-data; name="field1")", "field1");
  expect_names(R"(form-data; name="files"; filename="file1.txt")", "files", "file1.txt");
  expect_names(R"(form-data; name="_charset_")", "_charset_");
}

TEST(FormDisposition, UndoesWhatBrowsersEscapeAndNoMore) {
  expect_names(R"(form-data; name="a%22b%0D%0Ac%0ad%2541")", "a\"b\r\nc\nd%2541");
  expect_names(R"(form-data; name="a\"b")", "a\"b");
  expect_names(R"(form-data; name="a\\b\n")", R"(a\\b\n)");
  expect_names(R"(form-data; name="f"; filename="%41%22.txt")", "f", "%41\".txt");
}

TEST(FormDisposition, KeepsBytesAndSeparatorsWithinQuotes) {
  expect_names("form-data; name=\"gr\xc3\xbc\xc3\x9f\xff; x=y\"", "gr\xc3\xbc\xc3\x9f\xff; x=y");
  expect_names(R"(form-data; name="")", "");
}

TEST(FormDisposition, ReadsTokensCasesBlanksAndStrangers) {
  expect_names("Form-Data;NAME=f ;\tFileName=a.txt", "f", "a.txt");
  expect_names(R"(form-data; size="5"; name="f"; filename*=UTF-8''x)", "f");
  expect_names(R"(form-data; filename="a"; name="f")", "f", "a");
}

TEST(FormDisposition, CutsAPathToItsLastSegment) {
  const std::string_view before = R"(form-data; name="f"; filename=")";
  expect_names(std::string(before) + R"(C:\folder\a.txt")", "f", "a.txt");
  expect_names(std::string(before) + R"(/etc/passwd")", "f", "passwd");
  expect_names(std::string(before) + R"(../../a/b\c")", "f", "c");
}

TEST(FormDisposition, HasNoFileWhenNoneWasChosen) {
  expect_names(R"(form-data; name="f"; filename="")", "f");
}

TEST(FormDisposition, RefusesFileNamesThatNoFileMayHave) {
  for (const std::string_view name : {".", "..", "/", "a/", "a/..",
                                      R"(..\)"
                                      "\\.",
                                      "a%0A", "a\x1b", "a%0d%0aX-Y: z"}) {
    const std::string value = "form-data; name=\"f\"; filename=\"" + std::string(name) + '"';
    expect_refused(value, "the file name of a part is none that a file may have");
  }
}

TEST(FormDisposition, RefusesWhatItCannotRead) {
  const std::string_view why = "the Content-Disposition of a part cannot be read";
  for (const std::string_view value :
       {"form-data name=\"f\"", "form-data; name", "form-data; name=\"f", "form-data; =\"f\"",
        "form-data; name = \"f\"", "form-data;", "form-data; name=\"f\" x",
        "form-data; name=\"f\";", "form-data; name=\"f\\\"", "form-data; name=\"a\"b\"",
        "form-data, name=f"}) {
    expect_refused(value, why);
  }
}

TEST(FormDisposition, RefusesOtherTypesAndOtherThanOneName) {
  expect_refused("attachment; name=\"f\"", "a part is not form-data");
  expect_refused("", "a part is not form-data");
  expect_refused("form-data", "a part has no name");
  expect_refused("form-data; filename=\"a\"", "a part has no name");
  expect_refused("form-data; name=\"a\"; name=\"b\"", "a part has two names");
  expect_refused("form-data; name=a; filename=b; filename=c", "a part has two names");
}

TEST(PlainFileName, IsTheLastSegment) {
  EXPECT_EQ(plain_file_name("a.txt"), "a.txt");
  EXPECT_EQ(plain_file_name("a/b"), "b");
  EXPECT_EQ(plain_file_name("a\\b"), "b");
  EXPECT_EQ(plain_file_name("..."), "...");
  EXPECT_EQ(plain_file_name(".profile"), ".profile");
  EXPECT_EQ(plain_file_name("\xff"), "\xff");
  EXPECT_EQ(plain_file_name(std::string(255, 'x')), std::string(255, 'x'));
}

TEST(PlainFileName, IsNothingThatADirectoryOrNoFileHas) {
  for (const std::string& name : {""s, "."s, ".."s, "/"s, "a/."s, "a\\.."s, "a/"s, "a\0b"s, "\n"s,
                                  "\x7f"s, std::string(256, 'x')}) {
    EXPECT_FALSE(plain_file_name(name)) << name;
  }
}

}  // namespace
}  // namespace patchbay
