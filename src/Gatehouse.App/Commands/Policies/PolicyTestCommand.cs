using System.CommandLine;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;

namespace Gatehouse.App.Commands.Policies;

/// <summary><c>gatehouse policy test</c>.</summary>
internal static class PolicyTestCommand
{
    public static Command Create(CommandTree tree)
    {
        Option<string> file = PolicyInput.FileOption();
        Option<bool> add = new("--import") { Description = "as `policy import` would: nothing is removed" };
        return tree.Make(
            "test",
            "run the tests of a policy file on the policy it would make; exit code 1 where one fails\nexample: gatehouse policy test -f policy.yaml",
            async (context, cancellation) =>
            {
                Answer<PolicyTestResponse> answer = await PolicyInput.SendAsync(
                    context, "test", context.Value(file)!, null, context.Value(add), CommandContext.Json.PolicyTestResponse, cancellation); // required
                context.Print(answer, tests => Show(context.Screen, tests));
                return answer.Value.Passed ? ExitCodes.Fine : ExitCodes.Findings;
            },
            file, add);
    }

    private static void Show(Screen screen, PolicyTestResponse tests)
    {
        foreach (PolicyTestFailure failure in tests.Failures)
        {
            screen.Output.WriteLine(
                $"{screen.Styled("fails", Style.Red)}  {Screen.Plain($"{failure.Test}: {failure.Who} {failure.Expected.Replace('_', ' ')} {failure.Operation}")}");
            screen.Line($"       {failure.Reason}");
        }

        screen.Line(tests switch
        {
            { Tests: 0 } => "the file has no tests",
            { Passed: true } => $"{tests.Tests} tests, {tests.Expectations} expectations: all hold",
            _ => $"{tests.Tests} tests, {tests.Expectations} expectations: {tests.Failed} fail",
        });
    }
}
