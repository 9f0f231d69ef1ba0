#include "patchbay/wire/http_date.hpp"

#include <gtest/gtest.h>

#include <random>

namespace patchbay {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year;

constexpr sys_seconds k_example = sys_seconds(784111777s);  // of RFC 9110 section 5.6.7
constexpr sys_seconds k_now = sys_days(year(2026) / 11 / 30) + 12h;

TEST(HttpDate, ReadsTheThreeFormsOfTheRfc) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", k_now), k_example);
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", k_now), k_example);
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994", k_now), k_example);
  EXPECT_EQ(parse_http_date("Sun Nov 06 08:49:37 1994", k_now), k_example);
}

TEST(HttpDate, WritesTheOneFormOfTheRfc) {
  EXPECT_EQ(format_http_date(k_example), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_http_date(sys_seconds(0s)), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(format_http_date(sys_seconds(-1s)), "Wed, 31 Dec 1969 23:59:59 GMT");
}

TEST(HttpDate, KeepsToItsLengthWhateverTheTime) {
  EXPECT_EQ(format_http_date(sys_seconds::max()), "Fri, 31 Dec 9999 23:59:59 GMT");
  EXPECT_EQ(format_http_date(sys_seconds::min()), "Sat, 01 Jan 0000 00:00:00 GMT");
}

TEST(HttpDate, ReadsWhatItWrites) {
  std::mt19937_64 random(5671);
  std::uniform_int_distribution<std::int64_t> seconds(-62'167'219'200, 253'402'300'799);
  for (int i = 0; i < 20'000; ++i) {
    const sys_seconds time(std::chrono::seconds(seconds(random)));
    const std::string text = format_http_date(time);
    ASSERT_EQ(text.size(), 29U);
    ASSERT_EQ(parse_http_date(text, k_now), time) << text;
  }
}

TEST(HttpDate, RefusesWhatIsNotOneOfTheForms) {
  for (const std::string_view text : {
           "",
           "Sun",
           "Sun,",
           "0",
           "784111777",
           "sun, 06 Nov 1994 08:49:37 GMT",     // case
           "Sun, 06 nov 1994 08:49:37 GMT",     //
           "Sun, 06 Nov 1994 08:49:37 gmt",     //
           "Sun, 06 Nov 1994 08:49:37 UTC",     // zone
           "Sun, 06 Nov 1994 08:49:37 +0000",   //
           "Sun, 06 Nov 1994 08:49:37",         //
           "Sun, 06 Nov 1994 08:49:37 GMT ",    // blanks
           " Sun, 06 Nov 1994 08:49:37 GMT",    //
           "Sun,  06 Nov 1994 08:49:37 GMT",    //
           "Sun, 6 Nov 1994 08:49:37 GMT",      // digits
           "Sun, 06 Nov 94 08:49:37 GMT",       //
           "Sun, 06 Nov 1994 8:49:37 GMT",      //
           "Sun, 06 Nov 1994 08:49 GMT",        //
           "Sun, +6 Nov 1994 08:49:37 GMT",     //
           "Sun, 06-Nov-1994 08:49:37 GMT",     // a cookie's
           "Sun, 06-Nov-94 08:49:37 GMT",       //
           "Sunday, 06-Nov-1994 08:49:37 GMT",  //
           "Sunday, 06 Nov 94 08:49:37 GMT",    //
           "Sun Nov 6 08:49:37 1994",           // asctime has two columns
           "Sun Nov  6 08:49:37 1994 GMT",      //
           "Sun Nov  6 08:49:37 1994\n",        //
           "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
       }) {
    EXPECT_FALSE(parse_http_date(text, k_now)) << text;
  }
}

TEST(HttpDate, RefusesWhatIsNotInTheCalendar) {
  for (const std::string_view text : {
           "Mon, 06 Nov 1994 08:49:37 GMT",   // it was a Sunday
           "Monday, 06-Nov-94 08:49:37 GMT",  //
           "Mon Nov  6 08:49:37 1994",        //
           "Sun, 00 Nov 1994 08:49:37 GMT",   //
           "Thu, 31 Nov 1994 08:49:37 GMT",   //
           "Wed, 29 Feb 1995 08:49:37 GMT",   //
           "Sun, 06 Nov 1994 24:00:00 GMT",   //
           "Sun, 06 Nov 1994 08:60:00 GMT",   //
           "Sun, 06 Nov 1994 08:49:60 GMT",   // a leap second ends a day
           "Sat, 31 Dec 2016 23:59:61 GMT",   //
       }) {
    EXPECT_FALSE(parse_http_date(text, k_now)) << text;
  }
}

TEST(HttpDate, TakesALeapSecondForTheNextOne) {
  EXPECT_EQ(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", k_now),
            sys_seconds(sys_days(year(2017) / 1 / 1)));
}

TEST(HttpDate, PutsAYearOfTwoDigitsAtMostFiftyYearsAhead) {
  // Fifty years after `now` is noon of 30 November 2076, a Monday; in 1976 it was a Tuesday.
  EXPECT_EQ(parse_http_date("Monday, 30-Nov-76 12:00:00 GMT", k_now),
            sys_seconds(sys_days(year(2076) / 11 / 30) + 12h));
  EXPECT_EQ(parse_http_date("Tuesday, 30-Nov-76 12:00:01 GMT", k_now),
            sys_seconds(sys_days(year(1976) / 11 / 30) + 12h + 1s));
  EXPECT_FALSE(parse_http_date("Monday, 30-Nov-76 12:00:01 GMT", k_now));
  EXPECT_EQ(parse_http_date("Saturday, 01-Jan-77 00:00:00 GMT", k_now),
            sys_seconds(sys_days(year(1977) / 1 / 1)));
  EXPECT_EQ(parse_http_date("Monday, 30-Nov-26 12:00:00 GMT", k_now), k_now);
}

TEST(HttpDate, CountsTheFiftyYearsAcrossACentury) {
  const sys_seconds late = sys_days(year(2095) / 6 / 1);
  EXPECT_EQ(parse_http_date("Thursday, 01-Jan-05 00:00:00 GMT", late),
            sys_seconds(sys_days(year(2105) / 1 / 1)));
  const sys_seconds early = sys_days(year(2001) / 6 / 1);
  EXPECT_EQ(parse_http_date("Friday, 01-Jan-99 00:00:00 GMT", early),
            sys_seconds(sys_days(year(1999) / 1 / 1)));
}

TEST(HttpDate, KnowsTheLeapDayOfTheYearItChose) {
  EXPECT_EQ(parse_http_date("Tuesday, 29-Feb-00 00:00:00 GMT", k_now),
            sys_seconds(sys_days(year(2000) / 2 / 29)));
  const sys_seconds late = sys_days(year(2095) / 6 / 1);
  EXPECT_FALSE(parse_http_date("Tuesday, 29-Feb-00 00:00:00 GMT", late)) << "2100 has none";
}

}  // namespace
}  // namespace patchbay
