import {Component, onWillUnmount, onWillUpdateProps, useState} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {_t} from "@web/core/l10n/translation";
import {nextMoment, previousMoment} from "../playback";

const {DateTime} = luxon;
/** How long each moment is shown while it plays; more moments go by faster. */
const PAUSE = 700;
const LONGEST = 30000;

/**
 * A clock that is put forward: by hand, from one happening to the next, or by itself. Arrow keys step
 * from happening to happening, Home and End go to the beginning and the end, the space bar plays.
 */
export class TimeSlider extends Component {
    static template = "healthcare_crm_followup.TimeSlider";
    static props = {
        /** As `prepare` returns it. */
        rehearsal: Object,
        time: Number,
        onChange: Function,
    };

    setup() {
        this.state = useState({isPlaying: false});
        onWillUpdateProps(({rehearsal}) => {
            if (rehearsal !== this.props.rehearsal) {
                this.pause();
            }
        });
        onWillUnmount(() => this.pause());
    }

    get label() {
        return DateTime.fromMillis(this.props.time).toLocaleString({
            weekday: "short",
            month: "short",
            day: "numeric",
            hour: "numeric",
            minute: "2-digit",
        });
    }

    get isAtEnd() {
        return this.props.time >= this.props.rehearsal.to;
    }

    get isAtStart() {
        return this.props.time <= this.props.rehearsal.from;
    }

    get playLabel() {
        return this.state.isPlaying ? _t("Pause") : _t("Play");
    }

    go(time) {
        this.props.onChange(time);
    }

    /** Go somewhere by hand: it does not play on from there. */
    move(time) {
        this.pause();
        this.go(time);
    }

    step(forward) {
        const {rehearsal, time} = this.props;
        this.move(forward ? nextMoment(rehearsal, time) : previousMoment(rehearsal, time));
    }

    toggle() {
        if (this.state.isPlaying) {
            return this.pause();
        }
        const {rehearsal} = this.props;
        if (this.isAtEnd) {
            this.go(rehearsal.from);
        }
        this.state.isPlaying = true;
        const pause = Math.min(PAUSE, LONGEST / Math.max(1, rehearsal.moments.length));
        this.timer = browser.setInterval(() => this.tick(), pause);
    }

    tick() {
        this.go(nextMoment(this.props.rehearsal, this.props.time));
        if (this.props.time >= this.props.rehearsal.to) {
            this.pause();
        }
    }

    pause() {
        browser.clearInterval(this.timer);
        this.state.isPlaying = false;
    }

    onKeydown(ev) {
        const {rehearsal} = this.props;
        const actions = {
            ArrowRight: () => this.step(true),
            ArrowUp: () => this.step(true),
            ArrowLeft: () => this.step(false),
            ArrowDown: () => this.step(false),
            Home: () => this.move(rehearsal.from),
            End: () => this.move(rehearsal.to),
            " ": () => this.toggle(),
        };
        const act = actions[ev.key];
        if (act) {
            // the canvas has keys of its own
            ev.preventDefault();
            ev.stopPropagation();
            act();
        }
    }
}
