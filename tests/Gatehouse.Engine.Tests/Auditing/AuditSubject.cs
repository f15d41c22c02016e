using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Engine.Tests.Auditing;

/// <summary>
/// The process that the crash test kills: this assembly, started with a folder in its environment, writes records until its
/// end and prints the number of each that a flush has acknowledged. It runs before the test runner, for the sake of time.
/// </summary>
internal static class AuditSubject
{
    public const string Variable = "GATEHOUSE_AUDIT_SUBJECT";

    [ModuleInitializer]
    internal static void RunWhenAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder)
        {
            WriteUntilKilled(folder);
            Environment.Exit(0);
        }
    }

    private static void WriteUntilKilled(string folder)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(Path.Combine(folder, "key.pem")));
        var options = new AuditTrailOptions { Directory = Path.Combine(folder, "audit"), Node = "subject", SegmentBytes = 30_000, GatherFor = TimeSpan.FromMilliseconds(2) };
        using Stream output = Console.OpenStandardOutput();
        FileAuditTrail trail = FileAuditTrail.OpenAsync(
            options, new EcdsaAuditSigner(key), new FileAnchor(Path.Combine(folder, "anchor")), TimeProvider.System, NullLogger.Instance, CancellationToken.None)
            .GetAwaiter().GetResult();
        long first = DateTimeOffset.UtcNow.UtcTicks;
        for (long i = first; ; i++)
        {
            if (trail.TryReserve(out AuditSlot slot))
            {
                trail.Complete(slot, TrailFolder.Event(i.ToString(System.Globalization.CultureInfo.InvariantCulture)));
            }

            if (i % 7 == 0 && trail.FlushAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult())
            {
                output.Write(System.Text.Encoding.ASCII.GetBytes(i.ToString(System.Globalization.CultureInfo.InvariantCulture) + "\n"));
                output.Flush();
            }
        }
    }
}

/// <summary>An anchor in a file that is replaced in one step.</summary>
internal sealed class FileAnchor(string path) : IAuditAnchor
{
    public ValueTask PutAsync(AuditAnchor anchor, CancellationToken cancellation)
    {
        File.WriteAllText(path + ".new", anchor.ToString());
        File.Move(path + ".new", path, overwrite: true);
        return ValueTask.CompletedTask;
    }

    public ValueTask<AuditAnchor?> ReadAsync(CancellationToken cancellation) =>
        ValueTask.FromResult(File.Exists(path) && AuditAnchor.TryParse(File.ReadAllText(path), out AuditAnchor? anchor) ? anchor : null);
}
