using System.Collections.Immutable;
using System.CommandLine;
using System.Runtime.CompilerServices;
using Gatehouse.App.Client;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Hardening;
using Gatehouse.Doctor.Hardening.Applying;
using Gatehouse.Doctor.Hardening.Certificates;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;

namespace Gatehouse.App.Commands.Doctor;

/// <summary><c>gatehouse harden SYSTEM</c>: the secured configuration of a guarded system, as plan, files, proof, and back again.</summary>
internal sealed class HardenCommand
{
    private readonly string _system;
    private readonly HardenOptions _options = new();

    private HardenCommand(string system) => _system = system;

    public static Command Create(CommandTree tree) => CommandTree.Group(
        "harden",
        "write the secured configuration of a guarded system: plan, apply, verify, undo",
        One(tree, "emqx", "emqx.conf, ssl_dist.conf and acl.conf, with certificates\nexample: gatehouse harden emqx --gate --plan"),
        One(tree, "ignite", "ignite-config.conf and a file to initialize the cluster with, with key stores\nexample: gatehouse harden ignite --gate --bind 127.77.0.1 --plan"),
        One(tree, "ipfs-cluster", "IPFS Cluster's service.json\nexample: gatehouse harden ipfs-cluster --file ~/.ipfs-cluster --peers self --gate --plan"),
        One(tree, "kubo", "Kubo's config\nexample: gatehouse harden kubo --file ~/.ipfs --gate --plan"),
        One(tree, "elasticsearch", "elasticsearch.yml, with certificates\nexample: gatehouse harden elasticsearch --gate --plan"),
        One(tree, "opensearch", "opensearch.yml, with certificates\nexample: gatehouse harden opensearch --nodes os1,os2 --name os1 --gate --plan"));

    private static Command One(CommandTree tree, string system, string description)
    {
        var command = new HardenCommand(system);
        return tree.Make(system, description, command.RunAsync, command._options.Of(system));
    }

    // Apart, so that no other command loads what it needs.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellation)
    {
        HardenOptions.Work work = _options.WorkOf(context);
        if (work == HardenOptions.Work.Undo)
        {
            return Undo(context);
        }

        var host = new LinuxHost(TimeProvider.System);
        HardenPlan plan = Hardeners.Find(_system).Plan(host, _options.WishesOf(context), new SystemSecrets());
        switch (work)
        {
            case HardenOptions.Work.Apply:
                return await ApplyAsync(context, host, plan, cancellation);
            case HardenOptions.Work.Verify:
                return await VerifyAsync(context, plan, cancellation);
            default:
                Show(context, plan);
                return ExitCodes.Fine;
        }
    }

    private static void Show(CommandContext context, HardenPlan plan)
    {
        if (context.IsJson)
        {
            context.PrintJson(HardenText.Json(plan, static _ => { }));
        }
        else
        {
            HardenText.Write(context.Screen, plan);
        }
    }

    private async Task<int> ApplyAsync(CommandContext context, LinuxHost host, HardenPlan plan, CancellationToken cancellation)
    {
        ICertificateSource source = _options.OwnOf(context) is { } own
            ? new OwnCertificate(own.Certificate, own.Key, context.AuthorityFile)
            : new IssuedCertificates(context);
        var issued = ImmutableArray.CreateBuilder<FileChange>();
        foreach (CertificateWish wish in plan.Certificates)
        {
            using CertificateMaterial material = await source.IssueAsync(wish, cancellation);
            issued.AddRange(CertificateFiles.Make(host, wish, material));
        }

        string? backup = HardenRun.Apply(plan, issued, _options.BackupsOf(context), host.Now);
        if (context.IsJson)
        {
            context.PrintJson(HardenText.Json(plan, json => json.WriteString("backup", backup)));
        }
        else
        {
            ImmutableArray<string> written = [.. plan.Changes.Concat(issued).Select(static file => file.Path).Distinct(StringComparer.Ordinal)];
            HardenText.WriteApplied(context.Screen, plan, written, backup, _options.UndoOf(context, plan));
        }

        return ExitCodes.Fine;
    }

    private static async Task<int> VerifyAsync(CommandContext context, HardenPlan plan, CancellationToken cancellation)
    {
        ImmutableArray<VerifiedThing> seen = await Verification.LookAsync(plan, new ReadingProof(), cancellation);
        if (context.IsJson)
        {
            context.PrintJson(HardenText.Json(seen));
        }
        else
        {
            HardenText.Write(context.Screen, seen);
        }

        return seen.Any(static thing => thing.IsFine == false) ? ExitCodes.Findings : ExitCodes.Fine;
    }

    private int Undo(CommandContext context)
    {
        string file = _options.FileOf(context) ?? Hardeners.Find(_system).Locate(new LinuxHost(TimeProvider.System), null);
        string subject = Directory.Exists(file) ? Hardeners.Find(_system).Locate(new LinuxHost(TimeProvider.System), file) : file;
        ImmutableArray<string> restored;
        try
        {
            restored = HardenRun.Undo(_system, subject, _options.BackupsOf(context), _options.IsForced(context));
        }
        catch (ProblemException refused) when (refused.Problem.Definition == HardenProblems.Changed)
        {
            throw CommandFailure.Refused(refused.Problem.Definition, refused.Problem.Text, refused.Problem.Hint);
        }

        if (context.IsJson)
        {
            context.PrintJson(HardenText.JsonOfUndo(restored));
        }
        else
        {
            foreach (string path in restored)
            {
                context.Screen.Line($"{path} is as it was");
            }
        }

        return ExitCodes.Fine;
    }
}
