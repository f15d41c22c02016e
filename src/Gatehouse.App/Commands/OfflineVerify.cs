using System.Runtime.CompilerServices;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.Engine.Hosting;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands;

/// <summary><c>audit verify</c> with the daemon down. Apart, so that no other command loads the engine.</summary>
internal static class OfflineVerify
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static async Task<Answer<AuditVerifyResponse>> RunAsync(CommandContext context, string? key, CancellationToken cancellation)
    {
        if (!OfflineNode.IsNode(context.DataFolder))
        {
            throw CommandFailure.CannotRun(
                AdministrationProblems.NotRunning, $"no daemon answers, and there is no node in {context.DataFolder}", "say where its data is with --data DIR");
        }

        var options = new NodeOptions
        {
            DataDirectory = context.DataFolder,
            ConfigurationFile = context.ConfigurationFile,
            NodeKeyPath = key is null ? null : Path.GetFullPath(key),
        };
        AuditVerifyResponse found = AuditVerifyResponse.From(await OfflineAudit.VerifyAsync(options, cancellation));
        return new Answer<AuditVerifyResponse>(JsonSerializer.SerializeToUtf8Bytes(found, AdminJson.Default.AuditVerifyResponse), found);
    }
}
