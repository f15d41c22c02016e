using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands;

/// <summary><c>audit verify</c> with the daemon down.</summary>
internal static class OfflineVerify
{
    public static Task<Answer<AuditVerifyResponse>> RunAsync(CommandContext context, CancellationToken cancellation) =>
        throw CommandFailure.CannotRun(AdministrationProblems.NotRunning, "the daemon is down", null);
}
