using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Hardening.Certificates;
using Gatehouse.Doctor.Hardening.Diffs;

namespace Gatehouse.Doctor.Hardening.Applying;

/// <summary>One thing that was looked at.</summary>
/// <param name="Subject">File, or certificate.</param>
/// <param name="IsFine">Whether it is as it shall be; null where that could not be told.</param>
/// <param name="Text">What was seen, without secrets.</param>
public sealed record VerifiedThing(string Subject, bool? IsFine, string Text);

/// <summary>Whether a host is as a plan would make it.</summary>
public static class Verification
{
    /// <summary>Looks at every file, certificate and variable.</summary>
    /// <param name="plan">A plan that was made just now.</param>
    /// <param name="proof">Proves that the service's user can read a file.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<ImmutableArray<VerifiedThing>> LookAsync(HardenPlan plan, IReadingProof proof, CancellationToken cancellation)
    {
        var seen = ImmutableArray.CreateBuilder<VerifiedThing>();
        foreach (FileChange file in plan.Files)
        {
            seen.Add(await LookAsync(plan, file, proof, cancellation));
        }

        foreach (CertificateWish wish in plan.Certificates)
        {
            seen.Add(new VerifiedThing(wish.Places[0].Path, IsFine: false, $"the certificate for {wish.Purpose} is to be issued: {wish.Why}"));
        }

        seen.AddRange(plan.Overrides.Select(text => new VerifiedThing(plan.Subject, IsFine: false, text)));
        return seen.ToImmutable();
    }

    private static async Task<VerifiedThing> LookAsync(HardenPlan plan, FileChange file, IReadingProof proof, CancellationToken cancellation)
    {
        if (file.Old is null)
        {
            return new VerifiedThing(file.Path, IsFine: false, "it is missing");
        }

        if (file.IsContentChange)
        {
            int lines = UnifiedDiff.Of(file).Count(static line => line is ['+' or '-', ..] && !line.StartsWith("+++", StringComparison.Ordinal) && !line.StartsWith("---", StringComparison.Ordinal));
            return new VerifiedThing(file.Path, IsFine: false, file.NewLines is null ? "it holds something else than it shall" : $"{lines} lines are not as they shall be; --plan shows them");
        }

        FileRights now = file.OldRights!.Value; // the file is there
        if (now != file.Rights)
        {
            return new VerifiedThing(file.Path, IsFine: false, $"mode {now.Octal} of {now.Owner}:{now.Group}, it shall have {file.Rights.Octal} of {file.Rights.Owner}:{file.Rights.Group}");
        }

        if (!file.IsForService)
        {
            return new VerifiedThing(file.Path, IsFine: true, $"mode {now.Octal}");
        }

        string? refused = await proof.WhyNotAsync(plan.Account, file.Path, cancellation);
        return refused is null
            ? new VerifiedThing(file.Path, IsFine: true, $"mode {now.Octal}, and {plan.Account.Shown} reads it")
            : new VerifiedThing(file.Path, proof.CanTell ? false : null, $"mode {now.Octal}; {refused}");
    }
}
