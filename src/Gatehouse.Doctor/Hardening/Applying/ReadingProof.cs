using System.Diagnostics;
using Gatehouse.Trust.Files;

namespace Gatehouse.Doctor.Hardening.Applying;

/// <summary>Proves that a user can read a file, by reading it.</summary>
public interface IReadingProof
{
    /// <summary>Whether it can tell at all.</summary>
    bool CanTell { get; }

    /// <summary>Why the user cannot read the file, or null where it can.</summary>
    Task<string?> WhyNotAsync(ServiceAccount account, string path, CancellationToken cancellation);
}

/// <summary>A child process with the user's rights reads the first byte. As another user than root only this user's own reading can be tried.</summary>
public sealed class ReadingProof : IReadingProof
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);
    private readonly string? _switcher = new[] { "/usr/bin/setpriv", "/bin/setpriv" }.FirstOrDefault(File.Exists);

    /// <inheritdoc/>
    public bool CanTell => _switcher is not null && PinnedFolder.EffectiveUser == 0;

    /// <inheritdoc/>
    public async Task<string?> WhyNotAsync(ServiceAccount account, string path, CancellationToken cancellation)
    {
        if (!CanTell)
        {
            return $"whether {account.Shown} reads it can be tried by root only, with setpriv of util-linux";
        }

        var start = new ProcessStartInfo(_switcher!) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = "/" }; // it can tell
        start.Environment.Clear();
        string groups = account.Name is null ? "--clear-groups" : "--init-groups";
        foreach (string argument in (ReadOnlySpan<string>)[$"--reuid={account.User}", $"--regid={account.Group}", groups, "--inh-caps=-all", "--no-new-privs", "--", "/usr/bin/head", "-c", "1", "--", path])
        {
            start.ArgumentList.Add(argument);
        }

        using Process child = Process.Start(start) ?? throw new InvalidOperationException("no process");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Longest);
        try
        {
            // The byte is of a secret: it is read so that the child can end, and forgotten.
            await Task.WhenAll(child.StandardOutput.BaseStream.CopyToAsync(Stream.Null, limit.Token), child.StandardError.BaseStream.CopyToAsync(Stream.Null, limit.Token));
            await child.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            child.Kill();
            return $"reading it as {account.Shown} took longer than {Longest.TotalSeconds:0} s";
        }

        return child.ExitCode == 0 ? null : $"{account.Shown} cannot read it: its folders need the right to be entered by that user";
    }
}
