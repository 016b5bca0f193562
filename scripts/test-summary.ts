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
  testsuites: { testsuite: { name: string; classname: string; failures?: unknown[] }[] }[];
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
    assertionResults: { fullName: string; status: string }[];
  }[];
}

function count(name: string, report: GoogleTest | Vitest | Counts): Counts {
  if ('testsuites' in report) {
    for (const test of report.testsuites.flatMap((suite) => suite.testsuite)) {
      if (test.failures?.length) console.log(`FAILED ${name}: ${test.classname}.${test.name}`);
    }
    const failed = report.failures + report.errors;
    return { passed: report.tests - failed, failed };
  }
  if ('testResults' in report) {
    let failed = report.numFailedTests;
    for (const file of report.testResults) {
      const broken = file.assertionResults.filter((test) => test.status === 'failed');
      for (const test of broken) console.log(`FAILED ${name}: ${test.fullName}`);
      // A file that could not even be loaded has no tests of its own to count.
      if (file.status === 'failed' && broken.length === 0) {
        console.log(`FAILED ${name}: ${file.name}`);
        failed += 1;
      }
    }
    // An error outside any test (an unhandled rejection) fails the run although every test passed.
    if (!report.success && failed === 0) failed = 1;
    return { passed: report.numPassedTests, failed };
  }
  return report;
}

const directory = process.argv[2] ?? '.';
const total: Counts = { passed: 0, failed: 0 };
for (const name of readFileSync(join(directory, 'expected'), 'utf8').trim().split('\n')) {
  const file = join(directory, `${name}.json`);
  if (!existsSync(file)) {
    console.log(`FAILED ${name}: ended without results`);
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
