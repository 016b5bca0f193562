// test-summary.ts <directory>: adds up the results of GoogleTest and vitest and prints "N passed, N failed" last.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Counts {
  passed: number;
  failed: number;
}

interface GoogleTest {
  tests: number;
  failures: number;
  errors: number;
  testsuites: { testsuite: { name: string; classname: string; failures?: { failure: string }[] }[] }[];
}

interface Vitest {
  success: boolean;
  numPassedTests: number;
  numFailedTests: number;
  numFailedTestSuites: number;
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages?: string[] }[];
  }[];
}

const MAX_LINES = 12;
const MAX_COLUMNS = 400;

/** A failure with the beginning of what was said about it: of a long run often only the last lines are kept. */
function showFailure(name: string, what: string, messages: string[]): void {
  console.log(`FAILED ${name}: ${what}`);
  const lines = messages.flatMap((message) => message.trim().split('\n'));
  for (const line of lines.slice(0, MAX_LINES)) console.log(`  ${line.slice(0, MAX_COLUMNS)}`);
}

function count(name: string, report: GoogleTest | Vitest | Counts): Counts {
  if ('testsuites' in report) {
    for (const test of report.testsuites.flatMap((suite) => suite.testsuite)) {
      const messages = test.failures?.map(({ failure }) => failure) ?? [];
      if (messages.length > 0) showFailure(name, `${test.classname}.${test.name}`, messages);
    }
    const failures = report.failures + report.errors;
    return { passed: report.tests - failures, failed: failures };
  }
  if ('testResults' in report) {
    let failures = report.numFailedTests;
    for (const file of report.testResults) {
      const broken = file.assertionResults.filter((test) => test.status === 'failed');
      for (const test of broken) showFailure(name, test.fullName, test.failureMessages ?? []);
      // A file that could not even be loaded has no tests of its own to count.
      if (file.status === 'failed' && broken.length === 0) {
        showFailure(name, file.name, [file.message]);
        failures += 1;
      }
    }
    // An error outside any test (an unhandled rejection) fails the run although every test passed.
    if (!report.success && failures === 0) failures = 1;
    return { passed: report.numPassedTests, failed: failures };
  }
  return report;
}

const directory = process.argv[2] ?? '.';
const total: Counts = { passed: 0, failed: 0 };
for (const name of readFileSync(join(directory, 'expected'), 'utf8').trim().split('\n')) {
  const file = join(directory, `${name}.json`);
  if (!existsSync(file)) {
    showFailure(name, 'ended without results', []);
    total.failed += 1;
    continue;
  }
  const { passed, failed } = count(
    name,
    JSON.parse(readFileSync(file, 'utf8')) as GoogleTest | Vitest | Counts,
  );
  total.passed += passed;
  total.failed += failed;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
